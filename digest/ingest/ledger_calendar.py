"""The ledger as a calendar: a row per week, one query however many weeks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from digest.dates import ONE_DAY
from digest.ingest.arxiv_holidays import is_without_listing
from digest.models import LedgerLine

# A day is as bad as the worst of its categories; where there was an announcement, the silent ones do not matter.
STATES_WORST_FIRST = ("partial", "stale", "open", "complete", "holiday", "quiet")


@dataclass(frozen=True, slots=True)
class CalendarDay:
    day: date
    # Empty where the ledger has nothing.
    state: str = ""
    announced: int = 0
    stored: int = 0
    missing: int = 0

    @property
    def state_name(self) -> str:
        """Return the state in the reader's language."""
        return str(dict(LedgerLine.STATES).get(self.state, ""))

    @property
    def is_unread_holiday(self) -> bool:
        """Return whether nothing was read and nothing was to be: a working day whose evening before was a holiday."""
        return not self.state and self.day.weekday() < 5 and is_without_listing(self.day)


Week = tuple[CalendarDay, ...]


def load_weeks(last: date, number: int) -> Sequence[Week]:
    """Return *number* weeks up to the one that holds *last*, newest first, each from Monday to Sunday."""
    monday = last - last.weekday() * ONE_DAY
    first = monday - (number - 1) * 7 * ONE_DAY
    days = _load_days(first, monday + 6 * ONE_DAY)
    mondays = [monday - back * 7 * ONE_DAY for back in range(number)]
    return [tuple(days.get(each + n * ONE_DAY, CalendarDay(each + n * ONE_DAY)) for n in range(7)) for each in mondays]


def _load_days(first: date, last: date) -> dict[date, CalendarDay]:
    rows = LedgerLine.objects.filter(day__range=(first, last)).values("day", "state")
    found: dict[date, CalendarDay] = {}
    for row in rows.annotate(a=Sum("announced"), s=Sum("stored"), m=Sum("missing")).order_by("day"):
        known = found.get(row["day"], CalendarDay(row["day"], row["state"]))
        found[row["day"]] = CalendarDay(
            row["day"],
            min(known.state, row["state"], key=STATES_WORST_FIRST.index),
            known.announced + row["a"],
            known.stored + row["s"],
            known.missing + row["m"],
        )
    return found
