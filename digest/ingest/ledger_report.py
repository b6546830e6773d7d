"""The ledger of a day as an operator, or a program, reads it.

`cross` counts a paper once in each archive that lists it, in the first of its categories there: a paper of cs.LG,
cs.CV, cs.AI and stat.ML is new in cs.LG and one cross-list, in stat.ML.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from digest.ingest.ledger import lost
from digest.ingest.ledger_calendar import WORST_FIRST
from digest.models import LedgerLine, Missing, Rejection

COUNTS = ("announced", "stored", "new", "cross", "replaced", "withdrawn", "rejected", "missing")
# Where a column of the table is named otherwise than the count.
FIELDS = {"cross": "crossed"}
SETTLED = frozenset({"complete", "quiet", "holiday"})


@dataclass(frozen=True, slots=True)
class Account:
    day: date
    lines: tuple[LedgerLine, ...]
    rejections: tuple[Rejection, ...]
    missing: tuple[Missing, ...]

    @property
    def totals(self) -> dict[str, int]:
        return {name: sum(count(line, name) for line in self.lines) for name in COUNTS}

    @property
    def balanced(self) -> bool:
        """Whether everything announced is stored, or rejected with a reason."""
        totals = self.totals
        return totals["missing"] == 0 and totals["announced"] == totals["stored"] + totals["rejected"]

    @property
    def states(self) -> frozenset[str]:
        """Of a day that nobody fetched: open."""
        return frozenset(line.state for line in self.lines) or frozenset({"open"})

    @property
    def state(self) -> str:
        """Of the whole day: that of its worst category."""
        return min(self.states, key=WORST_FIRST.index)

    @property
    def settled(self) -> bool:
        """Whether there is nothing left to do."""
        return self.balanced and self.states <= SETTLED

    def as_json(self) -> dict[str, Any]:
        return {
            "day": self.day.isoformat(),
            "state": self.state,
            "balanced": self.balanced,
            "settled": self.settled,
            "totals": self.totals,
            "categories": [_line(line) for line in self.lines],
            "rejections": [
                {"category": each.category, "where": each.where, "reason": each.reason} for each in self.rejections
            ],
            "missing": [
                {"category": each.category, "id": each.arxiv_id, "attempts": each.attempts, "error": each.last_error}
                for each in self.missing
            ],
        }


def count(line: LedgerLine, name: str) -> int:
    return int(getattr(line, FIELDS.get(name, name)))


def note(line: LedgerLine) -> str:
    """What the source said, and whether something was lost on the way from there to the tables."""
    gone = lost(line)
    return " ".join(filter(None, (f"{gone} announced, but not stored." if gone else "", line.note)))


def _line(line: LedgerLine) -> dict[str, Any]:
    counts = {name: count(line, name) for name in COUNTS}
    return {"category": line.category, **counts, "state": line.state, "note": note(line)}


def accounts(first: date, last: date) -> Iterator[Account]:
    """Of each day from *first* to *last*, with as many queries for a month as for a day."""
    lines = _by_day(LedgerLine.objects.filter(day__range=(first, last)).order_by("category"))
    rejections = _by_day(Rejection.objects.filter(day__range=(first, last)).order_by("pk"))
    missing = _by_day(Missing.objects.filter(day__range=(first, last), resolved_at=None).order_by("pk"))
    for number in range((last - first).days + 1):
        day = date.fromordinal(first.toordinal() + number)
        yield Account(day, *(tuple(rows.get(day, ())) for rows in (lines, rejections, missing)))


def _by_day(rows: Any) -> Mapping[date, list[Any]]:
    found: dict[date, list[Any]] = {}
    for row in rows:
        found.setdefault(row.day, []).append(row)
    return found
