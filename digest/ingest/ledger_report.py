"""The ledger of a day as an operator, or a program, reads it.

`cross` counts a paper once in each archive that lists it, in the first of its categories there: a paper of cs.LG,
cs.CV, cs.AI and stat.ML is new in cs.LG and one cross-list, in stat.ML.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from digest.domain import Outlook
from digest.ingest.days_without_papers import DayWithoutPapers, explain_day, find_installation_day
from digest.ingest.ledger import BROKEN_VERDICT, count_lost
from digest.ingest.ledger_calendar import STATES_WORST_FIRST
from digest.ingest.refetch_missing import REFETCH_LOOK_BACK
from digest.ingest.source_factory import listing_day
from digest.models import LedgerLine, Missing, Rejection

COUNT_NAMES = ("announced", "stored", "new", "cross", "replaced", "withdrawn", "rejected", "missing")
# Where a column of the table is named otherwise than the count.
COUNT_FIELD_NAMES = {"cross": "crossed"}


@dataclass(frozen=True, slots=True)
class DayReport:
    day: date
    lines: tuple[LedgerLine, ...]
    rejections: tuple[Rejection, ...]
    missing: tuple[Missing, ...]
    today: date
    # Why nothing was announced; None where something was.
    without_papers: DayWithoutPapers | None

    @property
    def totals(self) -> dict[str, int]:
        return {name: sum(read_count(line, name) for line in self.lines) for name in COUNT_NAMES}

    @property
    def balanced(self) -> bool:
        """Return whether everything announced is stored, or rejected with a reason."""
        totals = self.totals
        return totals["missing"] == 0 and totals["announced"] == totals["stored"] + totals["rejected"]

    @property
    def state(self) -> str:
        """Return the state of the whole day: that of its worst category, or why it has none."""
        if not self.lines and self.without_papers:
            return self.without_papers.state
        return min((line.state for line in self.lines), key=STATES_WORST_FIRST.index)

    @property
    def settled(self) -> bool:
        """Return whether nothing is left to fetch."""
        if self.without_papers:
            return self.without_papers.outlook == Outlook.FINE
        return self.balanced and all(line.state in LedgerLine.SETTLED_STATES for line in self.lines)

    @property
    def outlook(self) -> Outlook:
        """Return whether the day is done, is completed by later runs, or needs somebody."""
        if self.without_papers:
            return self.without_papers.outlook
        if self.settled:
            return Outlook.FINE
        if self._waits_for_missing_only:
            return Outlook.WAIT if self.day > self.today - REFETCH_LOOK_BACK else Outlook.ACT
        return Outlook.WAIT if self.day >= self.today else Outlook.ACT

    @property
    def advice(self) -> str:
        """Return why nothing was announced, or what completes the day; empty where nothing is left."""
        if self.without_papers:
            return self.without_papers.words
        if self.settled:
            return ""
        if self._waits_for_missing_only and self.outlook == Outlook.WAIT:
            text = _("Every run asks again for what is missing.")
        elif self._waits_for_missing_only:
            text = _("To ask again for what is missing: python manage.py fetch_papers --date %(day)s")
        elif self.outlook == Outlook.WAIT:
            text = _(
                "The runs of today read it again. What is left tomorrow comes with:"
                " python manage.py backfill_papers --from %(day)s --to %(day)s"
            )
        elif any(line.verdict == BROKEN_VERDICT for line in self.lines):
            text = _(
                "The source broke off. From arXiv: python manage.py backfill_papers --from %(day)s --to %(day)s"
                " From files: python manage.py fetch_papers --date %(day)s --source FILE"
            )
        else:
            text = _("To complete it: python manage.py backfill_papers --from %(day)s --to %(day)s")
        return text % {"day": self.day}

    @property
    def _waits_for_missing_only(self) -> bool:
        is_whole = all(
            line.verdict in ("", "complete", "open", "holiday") and not count_lost(line) for line in self.lines
        )
        return bool(self.missing) and is_whole

    def as_json(self) -> dict[str, Any]:
        return {
            "day": self.day.isoformat(),
            "state": self.state,
            "balanced": self.balanced,
            "settled": self.settled,
            "outlook": self.outlook,
            "advice": self.advice,
            "totals": self.totals,
            "categories": [
                {
                    "category": line.category,
                    **{name: read_count(line, name) for name in COUNT_NAMES},
                    "state": line.state,
                    "note": describe_line(line),
                }
                for line in self.lines
            ],
            "rejections": [
                {"category": each.category, "where": each.where, "reason": each.reason} for each in self.rejections
            ],
            "missing": [
                {"category": each.category, "id": each.arxiv_id, "attempts": each.attempts, "error": each.last_error}
                for each in self.missing
            ],
        }


def read_count(line: LedgerLine, name: str) -> int:
    return int(getattr(line, COUNT_FIELD_NAMES.get(name, name)))


def describe_line(line: LedgerLine) -> str:
    """Return what the source reported, and whether something was lost on the way to the tables."""
    lost = count_lost(line)
    return " ".join(filter(None, (f"{lost} announced, but not stored." if lost else "", line.note)))


def report_days(first: date, last: date) -> Iterator[DayReport]:
    """Yield a report of each day from *first* to *last*, with as many queries for a month as for a day."""
    lines = _group_by_day(LedgerLine.objects.filter(day__range=(first, last)).order_by("category"))
    rejections = _group_by_day(Rejection.objects.filter(day__range=(first, last)).order_by("pk"))
    missing = _group_by_day(Missing.objects.filter(day__range=(first, last), resolved_at=None).order_by("pk"))
    today, installed = listing_day(), None
    for number in range((last - first).days + 1):
        day = date.fromordinal(first.toordinal() + number)
        day_lines, without_papers = tuple(lines.get(day, ())), None
        if not any(line.announced for line in day_lines):
            installed = installed or find_installation_day()
            states = {line.state for line in day_lines}
            without_papers = explain_day(day, states, today=today, installed=installed)
        yield DayReport(
            day, day_lines, tuple(rejections.get(day, ())), tuple(missing.get(day, ())), today, without_papers
        )


def _group_by_day(rows: Any) -> Mapping[date, list[Any]]:
    found: dict[date, list[Any]] = {}
    for row in rows:
        found.setdefault(row.day, []).append(row)
    return found
