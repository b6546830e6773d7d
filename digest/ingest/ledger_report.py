"""The ledger of a day as an operator, or a program, reads it.

`cross` counts a paper once in each archive that lists it, in the first of its categories there: a paper of cs.LG,
cs.CV, cs.AI and stat.ML is new in cs.LG and one cross-list, in stat.ML.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from digest.ingest.ledger import count_lost
from digest.ingest.ledger_calendar import STATES_WORST_FIRST
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

    @property
    def totals(self) -> dict[str, int]:
        return {name: sum(read_count(line, name) for line in self.lines) for name in COUNT_NAMES}

    @property
    def balanced(self) -> bool:
        """Return whether everything announced is stored, or rejected with a reason."""
        totals = self.totals
        return totals["missing"] == 0 and totals["announced"] == totals["stored"] + totals["rejected"]

    @property
    def states(self) -> frozenset[str]:
        """Return the states of the categories; open for a day that nobody fetched."""
        return frozenset(line.state for line in self.lines) or frozenset({"open"})

    @property
    def state(self) -> str:
        """Return the state of the whole day: that of its worst category."""
        return min(self.states, key=STATES_WORST_FIRST.index)

    @property
    def settled(self) -> bool:
        """Return whether there is nothing left to do."""
        return self.balanced and self.states <= LedgerLine.SETTLED_STATES

    def as_json(self) -> dict[str, Any]:
        return {
            "day": self.day.isoformat(),
            "state": self.state,
            "balanced": self.balanced,
            "settled": self.settled,
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
    for number in range((last - first).days + 1):
        day = date.fromordinal(first.toordinal() + number)
        yield DayReport(day, *(tuple(rows.get(day, ())) for rows in (lines, rejections, missing)))


def _group_by_day(rows: Any) -> Mapping[date, list[Any]]:
    found: dict[date, list[Any]] = {}
    for row in rows:
        found.setdefault(row.day, []).append(row)
    return found
