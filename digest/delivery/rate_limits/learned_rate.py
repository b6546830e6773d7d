"""The rate that a relay was seen to take: cut when it throttles, raised again by and by. Pure arithmetic.

It is raised along the curve of CUBIC (RFC 9438, 4.2): quickly back to just below where the relay throttled, slowly past
that, and then faster and faster, so that a rate that was learned too low, or has risen since, is found within a minute.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from digest.delivery.rate_limits.window import MAX_CLOCK_SKEW

# By so much a throttle answer cuts the rate at first.
CUT = 0.1
# Where the relay throttles again right after a cut, the rate was still too high: by this factor, and by that one where
# not a single letter was taken in between.
TOO_HIGH, FAR_TOO_HIGH = 0.85, 0.7
RIGHT_AFTER = timedelta(seconds=3)
# Seconds after a cut until the rate is again what it was before.
RECOVERY_SECONDS = 10.0
# What was learned is forgotten after so long without a throttle answer.
RATE_MEMORY = timedelta(minutes=5)
# Letters a second; a relay that takes fewer is met by the pauses alone.
LOWEST_RATE = 0.05
# Where nothing was taken yet, it begins here.
FIRST_RATE = 1.0
# Throttle answers of one worker and another within so long have the same cause.
SAME_CAUSE = timedelta(seconds=1)
# Nobody sends for so long after the first, second … throttle answer in a row. The last one repeats itself.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 4, 8, 16, 30))
# So many letters are handed out together: those of one second.
SHARE_SECONDS = 1.0
# A worker may take a share that begins so much later. Else it asks again when the time has come.
LOOK_AHEAD = timedelta(seconds=1.5)


class Share(NamedTuple):
    """The letters that one worker may begin: *letters* of them from *start* on, *interval* seconds apart.

    Without letters *start* is when to ask again.
    """

    letters: int
    start: datetime
    interval: float


@dataclass(frozen=True, slots=True)
class LearnedRate:
    # Letters a second at which the relay throttled, and when.
    ceiling: float
    throttled_at: datetime
    # When the letters that were handed out are through, or the pause is over.
    free_from: datetime
    # Throttle answers since the relay last took a letter.
    throttle_answers: int = 1

    def at(self, now: datetime) -> float | None:
        """Return how many letters a second may go; None where all may, as too little is known by now."""
        seconds = (now - self.throttled_at).total_seconds()
        # A clock that is behind by a little reads the moment of the cut; one that was set back has forgotten it.
        if not -MAX_CLOCK_SKEW.total_seconds() <= seconds <= RATE_MEMORY.total_seconds():
            return None
        curve = (max(seconds, 0.0) - RECOVERY_SECONDS) / RECOVERY_SECONDS
        return max(self.ceiling * (1 + CUT * curve**3), LOWEST_RATE)

    def hand_out(self, wanted: int, now: datetime) -> tuple["LearnedRate", Share | None]:
        """Return a share of the *wanted* letters, and what is left; None for the share where all may go."""
        rate = self.at(now)
        if rate is None:
            return self, None
        longest = PAUSES[-1] + timedelta(seconds=1 / LOWEST_RATE)
        free_from = self.free_from if self.free_from <= now + longest else now
        start = max(free_from, now)
        if start > now + LOOK_AHEAD:
            return self, Share(0, start, 0.0)
        # Whether it takes any at all is tried with one letter.
        letters = 1 if self.throttle_answers > 1 else min(wanted, max(1, int(rate * SHARE_SECONDS)))
        end = start + timedelta(seconds=letters / rate)
        return replace(self, free_from=end), Share(letters, start, 1 / rate)

    def after_acceptance(self) -> "LearnedRate":
        return replace(self, throttle_answers=0)

    def after_throttle(self, now: datetime, asked_at: datetime, accepted_per_second: float) -> "LearnedRate":
        """Return the rate after a throttle answer, which another worker may have had a moment before.

        *asked_at* is when the worker was allowed to send, *accepted_per_second* what it sent if it kept to no rate;
        0 if it did.
        """
        rate = self.at(now)
        if rate is None:
            return first_rate(now, accepted_per_second or self.ceiling)
        if asked_at <= self.throttled_at or now - self.throttled_at < SAME_CAUSE:
            together = now - self.throttled_at < SAME_CAUSE
            return replace(self, ceiling=self.ceiling + accepted_per_second) if together else self
        if accepted_per_second:  # it did not know of the rate, and says nothing about it
            return replace(self, free_from=max(self.free_from, now + PAUSES[0]))
        if self.throttle_answers:
            rate *= FAR_TOO_HIGH
        elif now - self.throttled_at < RIGHT_AFTER:
            rate *= TOO_HIGH
        throttle_answers = self.throttle_answers + 1
        pause = PAUSES[min(throttle_answers, len(PAUSES)) - 1]
        return LearnedRate(max(rate, LOWEST_RATE), now, now + pause, throttle_answers)


def first_rate(now: datetime, accepted_per_second: float) -> LearnedRate:
    """Return what the first throttle answer tells of a relay that took letters at such a rate until now."""
    return LearnedRate(max(accepted_per_second, FIRST_RATE), now, now + PAUSES[0])
