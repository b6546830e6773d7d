"""Who gets which letter: the readers who are due and what was chosen for each, frozen in the outbox."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from digest.domain import Choice, ProgressCallback, no_progress
from digest.editions.load import load_contents
from digest.infra.gc_tuning import collect_seldom
from digest.models import Delivery, Edition
from digest.picking import bulk_insert, due_readers, papers_needed
from digest.picking import deadlines as lateness
from digest.picking.bulk_insert import NewLetter
from digest.picking.choose import choose_for_readers
from digest.picking.sent_history import Repeats, find_repeats
from digest.ranking.matching.day_index import DayIndex
from subscriptions import selectors
from subscriptions.reader import Reader

State = Delivery.State
NO_CHOICE = Choice(picks=(), matched=0)


@dataclass(slots=True)
class PlanCounts:
    """Counts of what one planning added to the outbox."""

    pending: int = 0
    excluded: Counter[str] = field(default_factory=Counter)

    def add(self, other: "PlanCounts") -> None:
        self.pending += other.pending
        self.excluded += other.excluded


def plan_everyone(edition: Edition, now: datetime, tick: ProgressCallback = no_progress) -> PlanCounts:
    """A row for every reader who is due on the edition's day and has none yet. Nobody is, on a day without papers."""
    if edition.frozen_at is None:
        return PlanCounts()
    return _plan_chunks(edition, due_readers.unplanned_readers(edition), now, tick, count_unplanned(edition))


def plan_due(edition: Edition, now: datetime, tick: ProgressCallback = no_progress) -> PlanCounts:
    """Store a row for the readers whose hour has come since the edition was frozen, and for newcomers."""
    look = due_readers.search_due_readers(edition, now)
    if look is None:
        return PlanCounts()
    planned = _plan_chunks(edition, look.chunks(), now, tick, punctual=True)
    look.remember()
    return planned


def _plan_chunks(
    edition: Edition,
    chunks: Iterator[list[Reader]],
    now: datetime,
    tick: ProgressCallback,
    total: int = 0,
    *,
    punctual: bool = False,
) -> PlanCounts:
    planned, done, counted = PlanCounts(), 0, bulk_insert.StatisticsRefresher()
    chooser = _Chooser(edition, lateness.Deadlines(edition, now) if punctual else None)
    with collect_seldom():
        for readers in chunks:
            planned.add(_plan_chunk(edition, readers, chooser, now))
            done += len(readers)
            counted.note(len(readers))
            tick(done, max(total, done))
    if planned.pending:
        _reopen_edition(edition)
    counted.finish()
    return planned


def count_unplanned(edition: Edition, groups: due_readers.Groups | None = None) -> int:
    """Return how many readers are due and have no row; none before the edition is frozen."""
    return (
        selectors.count_due(edition.day, groups=groups, without=due_readers.deliveries_of(edition))
        if edition.frozen_at
        else 0
    )


def store_plan(
    edition: Edition,
    readers: Sequence[Reader],
    choices: Sequence[Choice],
    exclusions: Mapping[int, str],
    now: datetime,
    deadlines: Mapping[int, datetime] | None = None,
) -> PlanCounts:
    """Store one row per reader: pending with the picks, or excluded with the reason. A row that exists stays as it is.

    Whoever was deleted in the meantime gets no row. Who has none of *deadlines* is in time for a window from *now*.
    """
    in_time, known = lateness.not_after(now), deadlines or {}
    letters = [
        _new_letter(reader, choice, exclusions.get(reader.id, ""), now, known.get(reader.id, in_time))
        for reader, choice in zip(readers, choices, strict=True)
        if exclusions.get(reader.id) != "deleted"
    ]
    bulk_insert.insert_deliveries(edition, letters, now)
    papers_needed.add_needed_papers(edition, letters)
    excluded = Counter(letter.reason for letter in letters if letter.state == State.EXCLUDED)
    return PlanCounts(pending=len(letters) - excluded.total(), excluded=excluded)


class _EditionRebuilt(Exception):
    """The edition was built anew after its papers were read; their ranks mean other papers now."""


class _Chooser:
    """Reads the papers when the first reader is there: most minutes of a day plan nobody."""

    def __init__(self, edition: Edition, deadlines: lateness.Deadlines | None) -> None:
        self.edition = edition
        # None where everybody is served now, whatever their hour.
        self.deadlines = deadlines
        self.index: DayIndex | None = None
        self.repeats: Repeats = {}
        self.frozen_at: datetime | None = None

    def choose(self, readers: Sequence[Reader]) -> list[Choice]:
        if self.index is None:
            self.frozen_at = Edition.objects.values_list("frozen_at", flat=True).get(id=self.edition.id)
            self.index = DayIndex(load_contents(self.edition).papers)
            self.repeats = find_repeats(self.edition, self.index)
        return choose_for_readers(self.edition, self.index, readers, self.repeats)

    def hold(self) -> None:
        """Keep the edition as it was read until the transaction ends. Raises _Rebuilt."""
        edition = Edition.objects.select_for_update().get(id=self.edition.id)
        if self.index is not None and edition.frozen_at != self.frozen_at:
            raise _EditionRebuilt


def _plan_chunk(edition: Edition, readers: Sequence[Reader], chooser: _Chooser, now: datetime) -> PlanCounts:
    try:
        return _choose_and_plan(edition, readers, chooser, now)
    except (IntegrityError, _EditionRebuilt):
        # Somebody was deleted, or the edition built anew, between the reading and the writing.
        return _choose_and_plan(edition, readers, _Chooser(edition, chooser.deadlines), now)


def _choose_and_plan(edition: Edition, readers: Sequence[Reader], chooser: _Chooser, now: datetime) -> PlanCounts:
    deadlines = chooser.deadlines.of(readers) if chooser.deadlines else {}
    late = {key: lateness.TOO_LATE for key, deadline in deadlines.items() if deadline <= now}
    exclusions = late | selectors.find_exclusions([reader.id for reader in readers], edition.day)
    served = [reader for reader in readers if reader.id not in exclusions]
    chosen = dict(zip((reader.id for reader in served), chooser.choose(served), strict=True)) if served else {}
    with transaction.atomic():
        chooser.hold()
        return store_plan(
            edition, readers, [chosen.get(reader.id, NO_CHOICE) for reader in readers], exclusions, now, deadlines
        )


def _exclusion_of(choice: Choice) -> str:
    """Why a choice makes no letter. Nobody gets an empty one."""
    return choice.excluded or ("" if choice.picks else "no_match")


def _new_letter(reader: Reader, choice: Choice, excluded: str, now: datetime, not_after: datetime) -> NewLetter:
    """Return a row to be. An excluded reader is shown no paper, and nobody gets an empty letter."""
    reason = excluded or _exclusion_of(choice)
    state, shown = (State.EXCLUDED, NO_CHOICE._replace(matched=choice.matched)) if reason else (State.PENDING, choice)
    finished_at = now if reason else None
    return NewLetter(reader.id, state, reason, shown, reader.language, reader.detail, not_after, finished_at)


def _reopen_edition(edition: Edition) -> None:
    """New letters make a closed edition an open book again."""
    Edition.objects.filter(id=edition.id, state="closed").update(state="frozen", closed_at=None)
