"""When a drain pauses its edition, or ends for now: too many letters did not go out for reasons of ours."""

from collections import deque
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

MAX_FAILURES_IN_A_ROW = 20
MAX_FAILED_SHARE = 0.05
# The share says nothing before so many letters were tried.
MIN_LETTERS_FOR_SHARE = 100


@dataclass(slots=True)
class CircuitBreaker:
    """Watches how a drain goes. What is about single recipients counts for nothing: one stops nobody else.

    Letters put off count only in so far as that many in a row end the drain for now.
    """

    tried: int = 0
    failed: int = 0
    last: deque[str] = field(default_factory=lambda: deque(maxlen=MAX_FAILURES_IN_A_ROW))

    def note(self, outcome: str, number: int = 1, *, is_about_us: bool = True) -> None:
        """Count *number* letters that ended, or were put off, as *outcome* says."""
        self.tried += number
        if outcome != "accepted" and not is_about_us:
            return
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
