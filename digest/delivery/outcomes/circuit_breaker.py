"""When a drain pauses its edition, holds a domain's letters, or ends for now: too many did not go out for our reasons.

What one domain's server says of us may be its own policy: its letters are held, and the others go on. Refusals at
MIN_DOMAINS domains are about us: one university and one company may share an opinion or a filter, three hardly do.
"""

from collections import Counter, deque
from collections.abc import Collection
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

MAX_FAILURES_IN_A_ROW = 20
MAX_FAILED_SHARE = 0.05
# The share says nothing before so many letters were tried.
MIN_LETTERS_FOR_SHARE = 100
# Refusals at so many domains are about us, and not about what one of them thinks.
MIN_DOMAINS = 3


@dataclass(slots=True)
class CircuitBreaker:
    """Watches how a drain goes. What is about single recipients counts for nothing: one stops nobody else.

    Letters put off count only in so far as that many in a row end the drain for now.
    """

    tried: int = 0
    failed: int = 0
    # The last outcomes, each with the domain whose own server may have decided it; empty where that was ours.
    last: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=MAX_FAILURES_IN_A_ROW))
    failed_at: Counter[str] = field(default_factory=Counter)
    failed_in_a_row_at: Counter[str] = field(default_factory=Counter)
    held: set[str] = field(default_factory=set)

    def note(self, outcome: str, number: int = 1, *, is_about_us: bool = True, domain: str = "") -> None:
        """Count *number* letters that ended, or were put off, as *outcome* says.

        *domain* is the recipient's where its own server may have decided that.
        """
        is_failure = outcome in ("failed", "uncertain")
        if is_failure and domain in self.held:
            return
        self.tried += number
        if outcome == "accepted":
            self.failed_in_a_row_at.pop(domain, None)
        elif not is_about_us:
            return
        if is_failure:
            self.failed += number
            self.failed_at[domain] += number
            self.failed_in_a_row_at[domain] += number
        self.last.extend([(outcome, domain if is_failure else "")] * min(number, MAX_FAILURES_IN_A_ROW))

    def suspect(self, domain: str) -> None:
        """Take *domain* for one to hold: its letters were held before, and it still refuses them."""
        self.failed_in_a_row_at[domain] = MAX_FAILURES_IN_A_ROW

    def hold(self, domains: Collection[str]) -> None:
        """Count the failures at *domains* no longer."""
        for domain in domains:
            failures = self.failed_at.pop(domain, 0)
            self.failed -= failures
            self.tried -= failures
            self.failed_in_a_row_at.pop(domain, None)
        self.held.update(domains)
        self.last.clear()

    def reason_to_pause(self) -> str:
        """Return why the edition should be paused; empty while things go well enough."""
        if self._a_row_without("accepted", "deferred") and _is_about_us({domain for _outcome, domain in self.last}):
            return self.describe_failures()
        if self._is_share_exceeded() and _is_about_us(self.failed_at.keys()) and not self._find_dominant():
            return self.describe_failures()
        return ""

    def find_domains_to_hold(self) -> set[str]:
        """Return the domains that refuse so many letters that the others must be kept from harm."""
        found = {name for name, count in self.failed_in_a_row_at.items() if name and count >= MAX_FAILURES_IN_A_ROW}
        if self._a_row_without("accepted", "deferred"):
            found |= {domain for _outcome, domain in self.last}
        if self._is_share_exceeded():
            found |= self._find_dominant() or set(self.failed_at)
        return found - {""}

    def describe_failures(self) -> str:
        """Return how many letters failed, in a row or of all."""
        if self._is_share_exceeded() and not self._a_row_without("accepted", "deferred"):
            figures = {"failed": self.failed, "tried": self.tried}
            return _("%(failed)d of %(tried)d letters could not be sent.") % figures
        return _("%(count)d letters in a row could not be sent.") % {"count": MAX_FAILURES_IN_A_ROW}

    def reason_to_wait(self) -> str:
        """Return why the drain should end for now; empty while the other side takes letters."""
        if self._a_row_without("accepted"):
            return _("The mail server asked %(count)d times in a row to try again later.") % {
                "count": MAX_FAILURES_IN_A_ROW
            }
        return ""

    def _find_dominant(self) -> set[str]:
        """Return the domain at which more than half of the failures were; empty where there is none."""
        return {name for name, count in self.failed_at.items() if name and 2 * count > self.failed}

    def _is_share_exceeded(self) -> bool:
        return self.tried >= MIN_LETTERS_FOR_SHARE and self.failed > MAX_FAILED_SHARE * self.tried

    def _a_row_without(self, *outcomes: str) -> bool:
        return len(self.last) == MAX_FAILURES_IN_A_ROW and not any(outcome in outcomes for outcome, _at in self.last)


def _is_about_us(domains: Collection[str]) -> bool:
    return "" in domains or len(domains) >= MIN_DOMAINS
