"""When the letters of a batch may begin: at once, or at the rate that the mail server takes."""

from collections.abc import Callable
from datetime import datetime
from time import monotonic, sleep

from digest.delivery.rate_limits.learned_rate import Share

# A letter's turn may be further away: so often it is asked whether to go on.
POLL_SECONDS = 0.1


class Pacing:
    """Lets the first letter begin after *delay* seconds and each other one *interval* seconds after the one before."""

    def __init__(self, delay: float = 0.0, interval: float = 0.0) -> None:
        self._interval = interval
        self._next = monotonic() + delay if delay or interval else 0.0

    @classmethod
    def of(cls, share: Share | None, now: datetime) -> "Pacing":
        return cls(max((share.start - now).total_seconds(), 0.0), share.interval) if share else cls()

    def seconds_left(self) -> float:
        """Return how long the next letter has to wait; 0 where it may begin."""
        return max(self._next - monotonic(), 0.0) if self._next else 0.0

    def begin(self) -> None:
        """Note that a letter begins. One that comes late is made up for by the next one alone."""
        if self._interval:
            self._next = max(self._next, monotonic() - self._interval) + self._interval

    def wait(self, may_continue: Callable[[], bool]) -> bool:
        """Wait until the next letter may begin. Return False where *may_continue* turns false before that."""
        while may_continue():
            if not (left := self.seconds_left()):
                return True
            sleep(min(left, POLL_SECONDS))
        return False


# Every letter may begin at once. It keeps no state.
UNPACED = Pacing()
