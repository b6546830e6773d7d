"""Who is looked at in which minute: everybody is found once their hour has come, and a quiet minute costs milliseconds.

An edition remembers until when it has looked (`planned_until`): readers whose hour came by then have their rows. Most
minutes look only at those whose hour has come since, and at those who confirmed or changed their wishes a moment ago.
Everybody due who has no row is looked for at first, after an import, after the clock was set back, and every AGAIN, so
that nobody depends on these marks: a reader whom they miss, in whatever way, is late by AGAIN at the most.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice

from django.db.models import QuerySet

from digest.models import Delivery, Edition
from subscriptions import selectors
from subscriptions.reader import Reader
from subscriptions.schedule import find_due_groups, list_hour_groups

# Readers planned at a time. Memory depends on this, not on how many readers there are.
READERS_PER_CHUNK = 1000
# Ids looked at at a time.
IDS_PER_QUERY = 10_000
FULL_SEARCH_INTERVAL = timedelta(minutes=15)
# What somebody wrote down before the last look may have been stored after it.
SEARCH_OVERLAP = timedelta(minutes=5)
# So long an edition is a newcomer's first letter.
NEWCOMER_AGE = timedelta(hours=24)

Groups = Collection[tuple[str, int]]
Chunks = Iterator[list[Reader]]


@dataclass(frozen=True, slots=True)
class DueSearch:
    """One search for readers who are due, in the edition as it was when the search began."""

    edition: Edition
    frozen_at: datetime
    now: datetime
    # Their hour has come, and not all of their readers have been looked at.
    groups: frozenset[tuple[str, int]]
    whole: bool

    def chunks(self) -> Chunks:
        """Readers without a row, some of them twice if they are not planned meanwhile."""
        if self.whole:
            return chain(unplanned_readers(self.edition, self.groups), self._newcomers())
        return chain(_readers_by_hour(self.edition, self.groups), self._changed(), self._newcomers())

    def remember(self) -> None:
        """Remember the search once all chunks are planned. Writes nothing if the edition changed meanwhile."""
        marks = {"planned_until": self.now, **({"looked_at": self.now} if self.whole else {})}
        before = {name: getattr(self.edition, name) for name in ("frozen_at", "planned_until", "looked_at")}
        if self.whole or self.groups:
            Edition.objects.filter(id=self.edition.id, **before).update(**marks)

    def _changed(self) -> Chunks:
        """Yield those who changed their preferences since the last full search, if it is their hour that has come."""
        for readers in _readers_among(self.edition, selectors.find_changed_ids(self._lately())):
            pairs = {(reader.timezone, reader.hour) for reader in readers}
            due = find_due_groups(pairs, self.frozen_at, self.now)
            if ready := [reader for reader in readers if (reader.timezone, reader.hour) in due]:
                yield ready

    def _newcomers(self) -> Chunks:
        """Yield those who confirmed since the edition was frozen, whatever their hour, if it is the newest edition.

        Whether it is the newest is asked last, because most minutes have no newcomers.
        """
        if self.now - self.frozen_at > NEWCOMER_AGE:
            return
        newer = Edition.objects.filter(day__gt=self.edition.day, frozen_at__isnull=False).exclude(entries=None)
        for readers in _readers_among(self.edition, selectors.find_newly_confirmed_ids(self._lately())):
            if not newer.exists():
                yield readers

    def _lately(self) -> datetime:
        """Return the moment before which every change is known from the last full search."""
        if self.whole or self.edition.looked_at is None:
            return self.frozen_at
        return max(self.frozen_at, self.edition.looked_at - SEARCH_OVERLAP)


def search_due_readers(edition: Edition, now: datetime) -> DueSearch | None:
    """Return a search, or None before the edition is frozen: nobody is due."""
    if edition.frozen_at is None:
        return None
    last, until = edition.looked_at, edition.planned_until
    whole = last is None or until is None or not timedelta() <= now - last < FULL_SEARCH_INTERVAL
    groups = hours_come(edition, now, after=None if whole else until)
    return DueSearch(edition, edition.frozen_at, now, frozenset(groups), whole)


def hours_come(edition: Edition, now: datetime, *, after: datetime | None = None) -> set[tuple[str, int]]:
    """The (time zone, hour) pairs whose hour has come for this edition, and not already by *after*."""
    if edition.frozen_at is None:
        return set()
    return find_due_groups(list_hour_groups(selectors.list_timezones()), edition.frozen_at, now, after=after)


def unplanned_readers(edition: Edition, groups: Groups | None = None) -> Chunks:
    """Active readers who have no row, by id."""
    return _readers_without_row(
        edition, selectors.find_due_ids(edition.day, groups=groups, without=deliveries_of(edition))
    )


def search_everybody_next(**_signal: object) -> None:
    """Receives `subscriptions.signals.delivery_times_imported`: the next minute looks at everybody."""
    Edition.objects.exclude(looked_at=None).update(looked_at=None)


def deliveries_of(edition: Edition) -> QuerySet[Delivery]:
    return Delivery.objects.filter(edition=edition)


def _readers_by_hour(edition: Edition, groups: Groups) -> Chunks:
    """Yield readers one (time zone, hour) pair after the other, as the index has them; small ones share a chunk."""
    ids = (reader for pair in sorted(groups) for reader in selectors.find_due_ids(edition.day, groups=[pair]))
    while some := list(islice(ids, IDS_PER_QUERY)):
        yield from _readers_without_row(edition, some)


def _readers_among(edition: Edition, ids: Sequence[int]) -> Chunks:
    for start in range(0, len(ids), IDS_PER_QUERY):
        yield from _readers_without_row(
            edition, selectors.find_due_ids(edition.day, among=ids[start : start + IDS_PER_QUERY])
        )


def _readers_without_row(edition: Edition, ids: Sequence[int]) -> Chunks:
    """Yield, of *ids*, the readers without a row as it is now: another planner may be at work.

    It goes by chunks of ids, and not by pages of one query for readers without a row: PostgreSQL plans such a query by
    what it believes to be in a table that grows meanwhile, and then reads all of it for each page.
    """
    for start in range(0, len(ids), READERS_PER_CHUNK):
        some = ids[start : start + READERS_PER_CHUNK]
        served = set(deliveries_of(edition).filter(subscriber__in=some).values_list("subscriber_id", flat=True))
        without = [reader for reader in some if reader not in served]
        found = selectors.get_readers(without)
        if readers := [found[reader] for reader in without if reader in found]:
            yield readers
