"""Plans letters: chooses papers for the readers who are due, and freezes each choice as a row of the outbox."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import IntegrityError, transaction

from digest.domain import Choice, ProgressCallback, no_progress
from digest.editions.load import load_contents
from digest.infra.gc_tuning import collect_seldom
from digest.models import Delivery, Edition
from digest.picking import bulk_insert, due_readers, interest_vectors, papers_needed, shown_papers
from digest.picking.bulk_insert import NewLetter
from digest.picking.deadlines import TOO_LATE, DeadlineCalculator, is_over, not_after
from digest.picking.earlier_entries import store_earlier_papers
from digest.picking.letter_chooser import LetterChooser
from digest.picking.letter_days import LetterDay, find_letter_day
from subscriptions import selectors
from subscriptions.reader import Reader

State = Delivery.State
NO_CHOICE = Choice(picks=(), matched=0)


@dataclass(slots=True)
class PlanCounts:
    """The numbers of rows that one planning added to the outbox."""

    pending: int = 0
    excluded: Counter[str] = field(default_factory=Counter)

    def add(self, other: "PlanCounts") -> None:
        """Add the counts of another planning."""
        self.pending += other.pending
        self.excluded += other.excluded


def plan_everyone(
    edition: Edition, now: datetime, tick: ProgressCallback = no_progress, *, letter_day: LetterDay | None = None
) -> PlanCounts:
    """Store a row for every reader who is due on a letter day of the edition, its own if none is given, and has none.

    On a day without papers nobody is, nor where the edition's letters are no longer kept.
    """
    if edition.frozen_at is None or is_over(edition):
        return PlanCounts()
    interest_vectors.fill_for_everyone(edition.day)
    everyone: Mapping[LetterDay, None] = {letter_day or LetterDay(edition.day, 0): None}
    readers, total = due_readers.unplanned_readers(edition, everyone), due_readers.count_unplanned(edition, everyone)
    return _plan_chunks(edition, readers, now, tick, total, letter_days=list(everyone))


def plan_due(edition: Edition, now: datetime, tick: ProgressCallback = no_progress) -> PlanCounts:
    """Store a row for the readers whose hour has come since the edition was frozen, and for newcomers."""
    search = due_readers.search_due_readers(edition, now)
    if search is None:
        return PlanCounts()
    letter_days = list(search.groups)
    calculator = DeadlineCalculator(edition, now, letter_days)
    planned = _plan_chunks(edition, search.chunks(), now, tick, letter_days=letter_days, calculator=calculator)
    search.remember()
    return planned


def _plan_chunks(
    edition: Edition,
    chunks: Iterator[list[Reader]],
    now: datetime,
    tick: ProgressCallback,
    total: int = 0,
    *,
    letter_days: Sequence[LetterDay] = (),
    calculator: DeadlineCalculator | None = None,
) -> PlanCounts:
    planned, done, statistics = PlanCounts(), 0, bulk_insert.StatisticsRefresher()
    chooser = _Chooser(edition, letter_days or [LetterDay(edition.day, 0)], calculator)
    with collect_seldom():
        for readers in chunks:
            planned.add(_plan_chunk(chooser, readers, now))
            done += len(readers)
            statistics.add_rows(len(readers))
            tick(done, max(total, done))
    if planned.pending:
        edition.reopen_books()
    statistics.finish()
    return planned


def count_unplanned(edition: Edition, groups: Mapping[LetterDay, due_readers.Groups | None] | None = None) -> int:
    """Return how many readers are due and have no row; none before the edition is frozen, or once it is over.

    Of its own day, unless *groups* are given.
    """
    if edition.frozen_at is None or is_over(edition):
        return 0
    return due_readers.count_unplanned(edition, {LetterDay(edition.day, 0): None} if groups is None else groups)


def store_plan(
    edition: Edition,
    readers: Sequence[Reader],
    choices: Sequence[Choice],
    exclusions: Mapping[int, str],
    now: datetime,
    deadlines: Mapping[int, datetime] | None = None,
) -> PlanCounts:
    """Store one row per reader: pending with the picks, or excluded with the reason. A row that exists stays as it is.

    Readers who were deleted meanwhile get no row. Readers without one of *deadlines* get a full window from *now*.
    """
    deadlines, full_window = deadlines or {}, not_after(now)
    letters = [
        _new_letter(reader, choice, exclusions.get(reader.id, ""), now, deadlines.get(reader.id, full_window))
        for reader, choice in zip(readers, choices, strict=True)
        if exclusions.get(reader.id) != "deleted"
    ]
    bulk_insert.insert_deliveries(edition, letters, now)
    papers_needed.add_needed_papers(edition, letters)
    excluded = Counter(letter.reason for letter in letters if letter.state == State.EXCLUDED)
    return PlanCounts(pending=len(letters) - excluded.total(), excluded=excluded)


class _EditionRebuilt(Exception):
    """The edition was rebuilt after its papers were read, so their ranks mean other papers now."""


class _Chooser:
    """Chooses for chunks of readers. It loads the papers with the first chunk: most minutes of a day plan nobody."""

    def __init__(
        self, edition: Edition, letter_days: Sequence[LetterDay], calculator: DeadlineCalculator | None
    ) -> None:
        self.edition = edition
        self.letter_days = letter_days
        # None where readers get their letters now, whatever their hour.
        self.calculator = calculator
        self.chooser: LetterChooser | None = None
        self.frozen_at: datetime | None = None

    def choose(self, readers: Sequence[Reader]) -> list[Choice]:
        """Return the choice for each reader, in their order."""
        if self.chooser is None:
            self.frozen_at = Edition.objects.values_list("frozen_at", flat=True).get(id=self.edition.id)
            self.chooser = LetterChooser(self.edition, load_contents(self.edition).papers, fills_interests=True)
        return self.chooser.choose(readers)

    def find_exclusions(self, readers: Sequence[Reader]) -> dict[int, str]:
        """Return who must get nothing on the day on which they get the edition, and why."""
        ids: defaultdict[date, list[int]] = defaultdict(list)
        for reader in readers:
            ids[find_letter_day(self.letter_days, reader.days).day].append(reader.id)
        return {key: why for day, some in ids.items() for key, why in selectors.find_exclusions(some, day).items()}

    def lock_edition(self) -> None:
        """Lock the edition until the transaction ends, as letters are planned in it.

        Raises _EditionRebuilt if it is no longer what was read.
        """
        edition = Edition.objects.select_for_update().get(id=self.edition.id)
        if self.chooser is not None and edition.frozen_at != self.frozen_at:
            raise _EditionRebuilt
        if edition.is_packed:
            shown_papers.mark_changed(Edition.objects.filter(id=edition.id))


def _plan_chunk(chooser: _Chooser, readers: Sequence[Reader], now: datetime) -> PlanCounts:
    try:
        return _choose_and_plan(chooser, readers, now)
    except (IntegrityError, _EditionRebuilt):
        # A reader was deleted, or the edition rebuilt, after it was read. Later chunks need what it holds now too.
        chooser.chooser = None
        return _choose_and_plan(chooser, readers, now)


def _choose_and_plan(chooser: _Chooser, readers: Sequence[Reader], now: datetime) -> PlanCounts:
    deadlines = chooser.calculator.of(readers) if chooser.calculator else {}
    late = {key: TOO_LATE for key, deadline in deadlines.items() if deadline <= now}
    exclusions = late | chooser.find_exclusions(readers)
    served = [reader for reader in readers if reader.id not in exclusions]
    chosen = dict(zip((reader.id for reader in served), chooser.choose(served), strict=True)) if served else {}
    with transaction.atomic():
        chooser.lock_edition()
        choices = [chosen.get(reader.id, NO_CHOICE) for reader in readers]
        if chooser.chooser is not None:
            choices = store_earlier_papers(chooser.edition, choices, chooser.chooser.papers)
        return store_plan(chooser.edition, readers, choices, exclusions, now, deadlines)


def _new_letter(reader: Reader, choice: Choice, excluded: str, now: datetime, deadline: datetime) -> NewLetter:
    """Return a row to insert. An excluded reader is shown no paper, and nobody gets an empty letter."""
    reason = excluded or choice.excluded or ("" if choice.picks else "no_match")
    state, finished_at = State.PENDING, None
    if reason:
        state, finished_at, choice = State.EXCLUDED, now, NO_CHOICE._replace(matched=choice.matched)
    return NewLetter(reader.id, state, reason, choice, reader.language, reader.detail, deadline, finished_at)
