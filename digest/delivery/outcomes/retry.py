"""When to try again, and when to stop: numbers and the small rules that use them."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

# The waits after the first, second … attempt that the other side asked us to repeat. The last one repeats itself.
RETRY_DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
# For letters that may arrive each time they are tried.
MAX_ATTEMPTS = len(RETRY_DELAYS) + 1

MAX_FAILURES_IN_A_ROW = 20
MAX_FAILED_SHARE = 0.05
# So many letters must have been tried before a share of them says anything.
MIN_LETTERS_FOR_SHARE = 100


def next_attempt_at(attempts: int, now: datetime, not_after: datetime | None) -> datetime | None:
    """Return when to try a letter again after so many *attempts*, or None once it would come too late."""
    moment = now + RETRY_DELAYS[min(attempts, len(RETRY_DELAYS)) - 1]
    return moment if not_after is None or moment < not_after else None


@dataclass(slots=True)
class CircuitBreaker:
    """Watches how a drain goes. Letters put off count only in so far as that many in a row end the drain for now."""

    tried: int = 0
    failed: int = 0
    last: deque[str] = field(default_factory=lambda: deque(maxlen=MAX_FAILURES_IN_A_ROW))

    def note(self, outcome: str, number: int = 1) -> None:
        self.tried += number
        self.failed += number * (outcome in ("failed", "uncertain"))
        self.last.extend([outcome] * min(number, MAX_FAILURES_IN_A_ROW))

    def reason_to_pause(self) -> str:
        """Return why the edition should be paused; empty while things go well enough."""
        if self._a_row_without("accepted", "deferred"):
            return _("%(count)d letters in a row could not be sent.") % {"count": MAX_FAILURES_IN_A_ROW}
        if self.tried >= MIN_LETTERS_FOR_SHARE and self.failed > MAX_FAILED_SHARE * self.tried:
            figures = {"failed": self.failed, "tried": self.tried}
            return _("%(failed)d of %(tried)d letters could not be sent.") % figures
        return ""

    def reason_to_wait(self) -> str:
        """Return why the drain should end for now; empty while the other side takes letters."""
        if self._a_row_without("accepted"):
            return _("The mail server asked %(count)d times in a row to try again later.") % {
                "count": MAX_FAILURES_IN_A_ROW
            }
        return ""

    def _a_row_without(self, *outcomes: str) -> bool:
        return len(self.last) == MAX_FAILURES_IN_A_ROW and not any(outcome in outcomes for outcome in self.last)
