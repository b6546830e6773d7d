"""Counts the letters of one run: those that were not finished when it began."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count

from digest.delivery.outbox import OPEN_STATES, State
from digest.models import Edition
from digest.picking import due_readers


@dataclass(frozen=True, slots=True)
class LetterCounts:
    """due = accepted + excluded + failed + uncertain + waiting; the books are open while letters wait."""

    due: int
    # Letters that an earlier run had finished.
    already: int
    # By state; `waiting` for all that are not final.
    counts: Mapping[str, int]
    # State → reason → how many.
    reasons: Mapping[str, Mapping[str, int]]


class RunTally:
    """Begins when it is made; `letters` may be asked at any time after. *excluded* were planned just before it."""

    def __init__(self, edition: Edition, excluded: Mapping[str, int] | None = None) -> None:
        self.edition = edition
        self.before = _finished_counts(count_by_state(edition))
        self.before.subtract({(str(State.EXCLUDED), reason): count for reason, count in (excluded or {}).items()})

    @classmethod
    def of_the_day(cls, edition: Edition) -> "RunTally":
        """Counts every letter of the edition, whichever run sent it."""
        tally = cls(edition)
        tally.before.clear()
        return tally

    def letters(self) -> LetterCounts:
        now = count_by_state(self.edition)
        gained = Counter(now)
        gained.subtract(self.before)
        counts: Counter[str] = Counter()
        reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for (state, reason), count in gained.items():
            name = "waiting" if state in OPEN_STATES else state
            counts[name] += count
            if reason and count:
                reasons[name][reason] += count
        already = self.before.total()
        return LetterCounts(now.total() - already, already, counts, reasons)


def _finished_counts(tally: Counter[tuple[str, str]]) -> Counter[tuple[str, str]]:
    return Counter({key: count for key, count in tally.items() if key[0] not in OPEN_STATES})


def count_by_state(edition: Edition) -> Counter[tuple[str, str]]:
    """Return how many letters stand at each (state, reason)."""
    rows = due_readers.deliveries_of(edition).order_by().values_list("state", "reason").annotate(count=Count("id"))
    return Counter({(state, reason): count for state, reason, count in rows})
