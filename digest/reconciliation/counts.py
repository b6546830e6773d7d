"""Counts the letters of one run: those that had not ended when it began."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from digest.delivery import pause
from digest.delivery.outbox import OPEN_STATES, State
from digest.models import Delivery, Edition
from digest.picking import due_readers


@dataclass(frozen=True, slots=True)
class LetterCounts:
    """The counts of letters: due = accepted + excluded + failed + uncertain + waiting.

    The books are open while letters wait.
    """

    due: int
    # Letters that had ended before this run, and how many of them in which way.
    already: int
    already_by_state: Mapping[str, int]
    # By state; `waiting` for all that are not final.
    counts: Mapping[str, int]
    # State → reason → how many.
    reasons: Mapping[str, Mapping[str, int]]


class RunTally:
    """Counts the letters that end after it was created, and the *excluded* ones, which were planned just before."""

    def __init__(self, edition: Edition, excluded: Mapping[str, int] | None = None) -> None:
        self.edition = edition
        ended = {key: count for key, count in count_by_state(edition).items() if key[0] not in OPEN_STATES}
        self.before = Counter(ended)
        self.before.subtract({(str(State.EXCLUDED), reason): count for reason, count in (excluded or {}).items()})

    @classmethod
    def of_the_day(cls, edition: Edition) -> "RunTally":
        """Return a tally that counts every letter of the edition, whichever run sent it."""
        tally = cls(edition)
        tally.before.clear()
        return tally

    def letters(self) -> LetterCounts:
        """Return the counts up to now."""
        now = count_by_state(self.edition)
        added = Counter(now)
        added.subtract(self.before)
        counts: Counter[str] = Counter()
        reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for (state, reason), count in added.items():
            name = "waiting" if state in OPEN_STATES else state
            counts[name] += count
            if reason and count:
                reasons[name][reason] += count
        already = self.before.total()
        already_by_state: Counter[str] = Counter()
        for (state, _reason), count in self.before.items():
            already_by_state[state] += count
        return LetterCounts(now.total() - already, already, already_by_state, counts, reasons)


def count_by_state(edition: Edition) -> Counter[tuple[str, str]]:
    """Return how many letters have each (state, reason)."""
    rows = due_readers.deliveries_of(edition).order_by().values_list("state", "reason").annotate(count=Count("id"))
    return Counter({(state, reason): count for state, reason, count in rows})


def count_hopeless(edition: Edition) -> Counter[str]:
    """Return how many failed letters, by reason, would fail again whatever an operator mends."""
    failed = due_readers.deliveries_of(edition).filter(state=State.FAILED)
    return _count_by_reason(failed) - _count_by_reason(pause.find_retriable(edition))


def _count_by_reason(rows: QuerySet[Delivery]) -> Counter[str]:
    return Counter(dict(rows.order_by().values_list("reason").annotate(count=Count("id"))))
