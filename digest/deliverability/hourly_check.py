"""The check that the clock makes every hour: the sender's records in DNS, and what became of the last letters."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.deliverability.findings import Finding, SenderReport
from digest.deliverability.letter_rates import LetterRates, count_letters
from digest.deliverability.sender_dns import look_up_sender
from digest.models import SenderCheck

# A little less than from one hour's run to the next.
INTERVAL = timedelta(minutes=50)
# What was found longer ago says nothing of now: the clock stands still, which an alarm of its own tells.
KNOWN_FOR = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class KnownSender:
    """What the last check found."""

    checked_at: datetime
    rates: LetterRates
    # What DNS said when it could be asked last, and when that was; None where no letter leaves, or it never could.
    report: SenderReport | None
    reported_at: datetime | None
    unreachable_since: datetime | None

    @property
    def problems(self) -> list[Finding]:
        """Return what is wrong in DNS, and what could be better, the worse first."""
        return self.report.problems if self.report else []

    def is_fresh(self, now: datetime) -> bool:
        """Return whether the check is of the last few hours."""
        return now - self.checked_at <= KNOWN_FOR


def renew_check(now: datetime) -> None:
    """Look everything up, and write it in the place of the last check.

    While DNS cannot be reached, what it said last stays.
    """
    report, rates = look_up_sender(), count_letters(now)
    row = SenderCheck.objects.filter(pk=1).first() or SenderCheck(checked_at=now)
    row.checked_at = now
    row.letters, row.bounced, row.complained = rates.letters, rates.bounced, rates.complained
    if report is None:
        row.report = row.reported_at = row.unreachable_since = None
    elif report.is_reachable:
        row.report, row.reported_at, row.unreachable_since = report.as_json(), now, None
    elif row.unreachable_since is None:
        row.unreachable_since = now
    row.save()


def find_known_sender() -> KnownSender | None:
    """Return what the last check found; None before the first one."""
    row = SenderCheck.objects.filter(pk=1).first()
    if row is None:
        return None
    return KnownSender(
        row.checked_at,
        LetterRates(row.letters, row.bounced, row.complained),
        SenderReport.from_json(row.report) if row.report else None,
        row.reported_at,
        row.unreachable_since,
    )
