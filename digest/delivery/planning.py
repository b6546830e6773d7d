"""Who gets which letter: the readers who are due and what was chosen for each, frozen in the outbox."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count

from digest.delivery import outbox
from digest.delivery.outbox import OPEN, State
from digest.editions.contents import load
from digest.editions.memory import Repeats, repeats
from digest.editions.picking import choose_for, encode_picks
from digest.models import Delivery, Edition
from digest.ranking.matching import DayIndex
from digest.records import Choice, Tick, silent
from subscriptions import selectors
from subscriptions.readers import Reader
from subscriptions.schedule import due_groups

CHUNK = 1000
"""Readers planned at a time. Memory depends on this, not on how many readers there are."""
FRESH = timedelta(hours=24)
"""So long an edition is a newcomer's first letter."""
NOTHING = Choice(picks=(), matched=0)

Groups = Collection[tuple[str, int]]


@dataclass(slots=True)
class Planned:
    """What one planning added to the outbox."""

    pending: int = 0
    excluded: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Planned") -> None:
        self.pending += other.pending
        self.excluded += other.excluded


def plan_everyone(edition: Edition, now: datetime, tick: Tick = silent) -> Planned:
    """A row for every reader who is due on the edition's day and has none yet. Nobody is, on a day without papers."""
    return audience(edition, now, None, tick) if edition.frozen_at else Planned()


def plan_due(edition: Edition, now: datetime, tick: Tick = silent) -> Planned:
    """The same for the readers whose hour has come since the edition was frozen, and for newcomers."""
    groups = due_so_far(edition, now)
    planned = audience(edition, now, groups, tick) if groups else Planned()
    planned.add(_plan_chunks(edition, _newcomers(edition, now), now, tick))
    return planned


def _newcomers(edition: Edition, now: datetime) -> Iterator[list[Reader]]:
    """Those who confirmed since the edition was frozen: the newest one is their first letter, whatever their hour.

    Whether it is the newest is asked last, as most minutes have no newcomers.
    """
    if edition.frozen_at is None or now - edition.frozen_at > FRESH:
        return
    newer = Edition.objects.filter(day__gt=edition.day, frozen_at__isnull=False).exclude(entries=None)
    for readers in _chunks(edition, None, edition.frozen_at):
        if not newer.exists():
            yield readers


def due_so_far(edition: Edition, now: datetime) -> set[tuple[str, int]]:
    """The (time zone, hour) pairs whose hour has come for this edition."""
    if edition.frozen_at is None:
        return set()
    return due_groups(selectors.schedule_pairs(edition.day), edition.frozen_at, now)


def audience(edition: Edition, now: datetime, groups: Groups | None, tick: Tick = silent) -> Planned:
    """Walk through the readers who have no row yet, a chunk at a time, and plan them."""
    return _plan_chunks(edition, _chunks(edition, groups), now, tick, unplanned(edition, groups))


def _plan_chunks(
    edition: Edition, chunks: Iterator[list[Reader]], now: datetime, tick: Tick, total: int = 0
) -> Planned:
    planned, done, chooser = Planned(), 0, _Chooser(edition)
    for readers in chunks:
        planned.add(_plan_chunk(edition, readers, chooser, now))
        done += len(readers)
        tick(done, max(total, done))
    if planned.pending:
        _reopen(edition)
    return planned


def unplanned(edition: Edition, groups: Groups | None = None) -> int:
    """How many readers are due and have no row; nobody is before the edition is frozen."""
    return selectors.due_count(edition.day, groups=groups, without=_rows(edition)) if edition.frozen_at else 0


def plan(
    edition: Edition, readers: Sequence[Reader], choices: Sequence[Choice], exclusions: Mapping[int, str], now: datetime
) -> Planned:
    """Store one row per reader: pending with the picks, or excluded with the reason. A row that exists stays as it is.

    Whoever was deleted in the meantime gets no row.
    """
    rows = [
        _row(edition, reader, choice, exclusions.get(reader.id) or _unsuited(choice), now)
        for reader, choice in zip(readers, choices, strict=True)
        if exclusions.get(reader.id) != "deleted"
    ]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    excluded = Counter(row.reason for row in rows if row.state == State.EXCLUDED)
    return Planned(pending=len(rows) - excluded.total(), excluded=excluded)


def wanted(edition: Edition) -> dict[str, set[int]]:
    """Language → ranks of all letters that are still to go out."""
    found: dict[str, set[int]] = defaultdict(set)
    rows = _rows(edition).filter(state__in=OPEN).values_list("language", "picks")
    for language, picks in rows.iterator(chunk_size=CHUNK):
        found[language].update(pick[0] for pick in picks)
    return found


def tally(edition: Edition) -> Counter[tuple[str, str]]:
    """How many letters stand at each (state, reason)."""
    rows = _rows(edition).order_by().values_list("state", "reason").annotate(count=Count("id"))
    return Counter({(state, reason): count for state, reason, count in rows})


def anything_ready(edition: Edition, now: datetime) -> bool:
    """Whether a drain would find something to do."""
    return outbox.ready(edition.id, now).exists() or outbox.lost(edition.id, now).exists()


def _rows(edition: Edition) -> outbox.Rows:
    return Delivery.objects.filter(edition=edition)


def _chunks(edition: Edition, groups: Groups | None, since: datetime | None = None) -> Iterator[list[Reader]]:
    after = 0
    while readers := selectors.due_readers(
        edition.day, after_id=after, limit=CHUNK, groups=groups, without=_rows(edition), newcomers_since=since
    ):
        yield readers
        after = readers[-1].id


class _Rebuilt(Exception):
    """The edition was built anew after its papers were read; their ranks mean other papers now."""


class _Chooser:
    """Reads the papers when the first reader is there: most minutes of a day plan nobody."""

    def __init__(self, edition: Edition) -> None:
        self.edition = edition
        self.index: DayIndex | None = None
        self.repeats: Repeats = {}
        self.frozen_at: datetime | None = None

    def choose(self, readers: Sequence[Reader]) -> list[Choice]:
        if self.index is None:
            self.frozen_at = Edition.objects.values_list("frozen_at", flat=True).get(id=self.edition.id)
            self.index = DayIndex(load(self.edition).papers)
            self.repeats = repeats(self.edition, self.index)
        return choose_for(self.edition, self.index, readers, self.repeats)

    def hold(self) -> None:
        """Keep the edition as it was read until the transaction ends. Raises _Rebuilt."""
        edition = Edition.objects.select_for_update().get(id=self.edition.id)
        if self.index is not None and edition.frozen_at != self.frozen_at:
            raise _Rebuilt


def _plan_chunk(edition: Edition, readers: Sequence[Reader], chooser: _Chooser, now: datetime) -> Planned:
    try:
        return _choose_and_plan(edition, readers, chooser, now)
    except (IntegrityError, _Rebuilt):
        # Somebody was deleted, or the edition built anew, between the reading and the writing.
        return _choose_and_plan(edition, readers, _Chooser(edition), now)


def _choose_and_plan(edition: Edition, readers: Sequence[Reader], chooser: _Chooser, now: datetime) -> Planned:
    exclusions = selectors.exclusions([reader.id for reader in readers], edition.day)
    served = [reader for reader in readers if reader.id not in exclusions]
    chosen = dict(zip((reader.id for reader in served), chooser.choose(served), strict=True)) if served else {}
    with transaction.atomic():
        chooser.hold()
        return plan(edition, readers, [chosen.get(reader.id, NOTHING) for reader in readers], exclusions, now)


def _unsuited(choice: Choice) -> str:
    """Why a choice makes no letter. Nobody gets an empty one."""
    return choice.excluded or ("" if choice.picks else "no_match")


def _row(edition: Edition, reader: Reader, choice: Choice, excluded: str, now: datetime) -> Delivery:
    return Delivery(
        edition=edition,
        subscriber_id=reader.id,
        state=State.EXCLUDED if excluded else State.PENDING,
        reason=excluded,
        picks=[] if excluded else encode_picks(choice),
        notices=[] if excluded else list(choice.notices),
        matched=choice.matched,
        language=reader.language,
        detail=reader.detail,
        created_at=now,
        finished_at=now if excluded else None,
    )


def _reopen(edition: Edition) -> None:
    """New letters make a closed edition an open book again."""
    Edition.objects.filter(id=edition.id, state="closed").update(state="frozen", closed_at=None)
