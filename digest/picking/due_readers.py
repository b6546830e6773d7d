"""Finds the readers whose hour has come, such that a minute in which nobody is due costs milliseconds.

An edition stores until when it was searched (`planned_until`): readers whose hour came by then have their rows. Most
searches look only for readers whose hour has come since, and for those who confirmed or changed their preferences
recently. A full search looks for everybody due who has no row. The first search is full, as is the one after an import
or after the clock was set back, and one every FULL_SEARCH_INTERVAL (`looked_at` is the time of the last). So a reader
whom the others miss is late by that at most.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice

from django.db.models import QuerySet

from digest.models import Delivery, Edition
from digest.picking.deadlines import oldest_frozen_at
from digest.picking.letter_days import LetterDay, find_letter_days
from subscriptions import selectors
from subscriptions.reader import Reader
from subscriptions.schedule import find_due_groups, list_hour_groups

# Memory depends on this, not on how many readers there are.
READERS_PER_CHUNK = 1000
IDS_PER_QUERY = 10_000
FULL_SEARCH_INTERVAL = timedelta(minutes=15)
# A change made before the last search may have been committed after it.
SEARCH_OVERLAP = timedelta(minutes=5)
# How long after its freezing an edition is sent to readers who confirm.
NEWCOMER_AGE = timedelta(hours=24)

Groups = Collection[tuple[str, int]]
Chunks = Iterator[list[Reader]]


@dataclass(frozen=True, slots=True)
class DueSearch:
    """One search for readers who are due, in the edition as it was when the search began."""

    edition: Edition
    frozen_at: datetime
    now: datetime
    # Of each of the edition's letter days, the (time zone, hour) pairs whose hour has come and whose readers are to be
    # searched.
    groups: Mapping[LetterDay, Groups]
    # Whether everybody due who has no row is looked for.
    is_full: bool

    def chunks(self) -> Chunks:
        """Yield readers without a row; some come twice if they are not planned in between."""
        if self.is_full:
            return chain(unplanned_readers(self.edition, self.groups), self._newcomers())
        return chain(_readers_by_hour(self.edition, self.groups), self._changed(), self._newcomers())

    def remember(self) -> None:
        """Store how far the search came, once all chunks are planned, unless the edition has changed meanwhile."""
        changes = {"planned_until": self.now, **({"looked_at": self.now} if self.is_full else {})}
        before = {name: getattr(self.edition, name) for name in ("frozen_at", "planned_until", "looked_at")}
        if self.is_full or any(self.groups.values()):
            Edition.objects.filter(id=self.edition.id, **before).update(**changes)

    def _changed(self) -> Chunks:
        """Yield readers who changed their preferences since the last full search, if their hour has come."""
        changed = selectors.find_changed_ids(self._changes_since())
        for letter_day in self.groups if changed else ():
            for readers in _readers_among(self.edition, letter_day, changed):
                hours = {(reader.timezone, reader.hour) for reader in readers}
                due = find_due_groups(hours, letter_day.due_at(self.frozen_at), self.now)
                if ready := [reader for reader in readers if (reader.timezone, reader.hour) in due]:
                    yield ready

    def _newcomers(self) -> Chunks:
        """Yield readers who confirmed since the edition was frozen, whatever their hour, if it is the newest edition.

        The query for newer editions comes last, because most minutes have no newcomers.
        """
        if self.now - self.frozen_at > NEWCOMER_AGE:
            return
        newer = Edition.objects.filter(day__gt=self.edition.day, frozen_at__isnull=False).exclude(entries=None)
        confirmed = selectors.find_newly_confirmed_ids(self._changes_since())
        for readers in _readers_among(self.edition, LetterDay(self.edition.day, 0), confirmed):
            if not newer.exists():
                yield readers

    def _changes_since(self) -> datetime:
        """Return the moment from which on changes may be unknown to the last full search."""
        if self.is_full or self.edition.looked_at is None:
            return self.frozen_at
        return max(self.frozen_at, self.edition.looked_at - SEARCH_OVERLAP)


def search_due_readers(edition: Edition, now: datetime) -> DueSearch | None:
    """Return a search, or None before the edition is frozen: nobody is due."""
    if edition.frozen_at is None:
        return None
    last, until = edition.looked_at, edition.planned_until
    is_full = last is None or until is None or not timedelta() <= now - last < FULL_SEARCH_INTERVAL
    groups = hours_come(edition, now, after=None if is_full else until)
    if edition.state == "closed" and edition.frozen_at < oldest_frozen_at(now):
        groups = {letter_day: hours for letter_day, hours in groups.items() if not letter_day.is_own}
    return DueSearch(edition, edition.frozen_at, now, groups, is_full)


def hours_come(edition: Edition, now: datetime, *, after: datetime | None = None) -> dict[LetterDay, Groups]:
    """Return, of each letter day that has begun, the (time zone, hour) pairs that have come, and had not by *after*."""
    frozen_at = edition.frozen_at
    if frozen_at is None:
        return {}
    hours = list(list_hour_groups(selectors.list_timezones()))
    return {
        letter_day: find_due_groups(hours, letter_day.due_at(frozen_at), now, after=after)
        for letter_day in find_letter_days(edition, now)
    }


def unplanned_readers(edition: Edition, groups: Mapping[LetterDay, Groups | None]) -> Chunks:
    """Yield active readers who have no row, by letter day and id; only those of its *groups*, unless these are None."""
    for letter_day, hours in groups.items():
        rows = deliveries_of(edition)
        yield from _readers_without_row(
            edition,
            selectors.find_due_ids(letter_day.day, groups=hours, without=rows, earlier=letter_day.earlier),
        )


def count_unplanned(edition: Edition, groups: Mapping[LetterDay, Groups | None]) -> int:
    """Return how many `unplanned_readers` would yield."""
    rows = deliveries_of(edition)
    return sum(
        selectors.count_due(letter_day.day, groups=hours, without=rows, earlier=letter_day.earlier)
        for letter_day, hours in groups.items()
    )


def search_everybody_next(**_signal: object) -> None:
    """Make the next search a full one. Receives `subscriptions.signals.delivery_times_imported`."""
    Edition.objects.exclude(looked_at=None).update(looked_at=None)


def deliveries_of(edition: Edition) -> QuerySet[Delivery]:
    """Return the rows of the edition in the outbox."""
    return Delivery.objects.filter(edition=edition)


def _readers_by_hour(edition: Edition, groups: Mapping[LetterDay, Groups]) -> Chunks:
    """Yield readers by (time zone, hour) pair, in the order of the database index; small pairs share a chunk."""
    ids = (
        reader
        for letter_day, hours in groups.items()
        for hour in sorted(hours)
        for reader in selectors.find_due_ids(letter_day.day, groups=[hour], earlier=letter_day.earlier)
    )
    while chunk := list(islice(ids, IDS_PER_QUERY)):
        yield from _readers_without_row(edition, chunk)


def _readers_among(edition: Edition, letter_day: LetterDay, ids: Sequence[int]) -> Chunks:
    for start in range(0, len(ids), IDS_PER_QUERY):
        among = ids[start : start + IDS_PER_QUERY]
        due = selectors.find_due_ids(letter_day.day, among=among, earlier=letter_day.earlier)
        yield from _readers_without_row(edition, due)


def _readers_without_row(edition: Edition, ids: Sequence[int]) -> Chunks:
    """Yield, of *ids*, the readers who have no row at this moment: another planner may be at work.

    It queries chunks of ids, not pages of readers without a row: PostgreSQL plans such a query by outdated statistics
    of a growing table, and then reads all of it for each page.
    """
    for start in range(0, len(ids), READERS_PER_CHUNK):
        chunk = ids[start : start + READERS_PER_CHUNK]
        planned = set(
            deliveries_of(edition).filter(subscriber__id__any_of=chunk).values_list("subscriber_id", flat=True)
        )
        unplanned = [key for key in chunk if key not in planned]
        by_id = selectors.get_readers(unplanned)
        if readers := [by_id[key] for key in unplanned if key in by_id]:
            yield readers
