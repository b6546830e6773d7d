"""Which days a reader's letter covers: all since the last letter that they had, and today's alone for most readers.

A letter that never left, that had too few papers, or that a pause held back, covered nothing. A day that came in only
after the last letter was planned is covered by the next one. Whoever takes every workday is asked about only if their
letter of the last one was lost or skipped or a pause of theirs ended: to rank several days takes seconds.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import Max, Q

from digest.models import Delivery, Edition
from digest.picking.shown_papers import OPEN_STATES, SENT_STATES
from subscriptions.preference_defaults import WORKDAYS
from subscriptions.reader import Reader
from subscriptions.schedule import find_previous_letter_day

# A letter goes back so far at most, also after a pause.
MAX_COVERED_DAYS = 14
# It goes back so far where none was due since, as no day that the reader chose could be read from arXiv.
MAX_DAYS_WITHOUT_LETTER = 28

# Why a reader has no letter of a day on which we looked at all papers for them.
NOTHING_FOUND = ("no_match", "seen_before")

ONE_DAY = timedelta(days=1)

_LOST = Q(state="failed") | Q(state="excluded", reason="too_late")
_SKIPPED = Q(state="excluded", reason="below_minimum")
_COVERING = Q(state__in=(*OPEN_STATES, *SENT_STATES)) | Q(state="excluded", reason__in=NOTHING_FOUND)


class _EarlierEdition(NamedTuple):
    id: int
    day: date
    frozen_at: datetime


class _LastLetter(NamedTuple):
    """Of a reader's rows: the day of the last one, that of the last one that covered its day, and its planning."""

    due_on: date
    day: date
    planned_at: datetime | None


class EarlierDays(NamedTuple):
    """The days before the edition's that a reader's letter covers."""

    first: date
    # How many papers of these days matched, where the letters were skipped as that was less than the reader's minimum:
    # the letter covers the days if those of today make it up. None where it covers them in any case.
    waiting: int | None = None
    # The days after the first that a letter covered, which left before the first came in.
    had: frozenset[date] = frozenset()


class CoveredDays:
    """Finds the days of letters in one edition, for chunks of readers."""

    def __init__(self, edition: Edition) -> None:
        self._day = edition.day
        # How far back most letters go at most.
        self._first = edition.day - (MAX_COVERED_DAYS - 1) * ONE_DAY
        editions = Edition.objects.filter(
            day__gte=edition.day - MAX_DAYS_WITHOUT_LETTER * ONE_DAY, day__lt=edition.day, frozen_at__isnull=False
        )
        self._editions = editions.order_by("-day")
        self._last_edition: int | None = None
        self._earlier: list[_EarlierEdition] | None = None

    def find(self, readers: Sequence[Reader]) -> dict[int, EarlierDays]:
        """Return what readers' letters cover besides today, by reader id; without those of today alone.

        It takes one query for those who take every workday, one for the others and for those whose last letter was
        lost or skipped, one for those whose last one was skipped, and one more for the first of each.
        """
        usual = [reader.id for reader in readers if not self._may_cover_several(reader)]
        missed = self._find_missed_letters(usual) if usual else {}
        asked = [reader for reader in readers if reader.id in missed or self._may_cover_several(reader)]
        earlier = self._load_earlier() if asked else []
        if not earlier:
            return {}
        letters = Delivery.objects.filter(
            edition__in=[edition.id for edition in earlier], subscriber__in=[reader.id for reader in asked]
        )
        last_letters = (
            letters.order_by()
            .values_list("subscriber")
            .annotate(
                due_on=Max("edition__day"),
                day=Max("edition__day", filter=_COVERING),
                planned_at=Max("created_at", filter=_COVERING),
            )
        )
        skipped = self._load_skipped_letters([reader for reader, is_skipped in missed.items() if is_skipped])
        by_reader = {
            reader: _LastLetter(due_on, day or self._find_day_before_letters(skipped.get(reader)), planned_at)
            for reader, due_on, day, planned_at in last_letters
        }
        found = {}
        for reader in asked:
            as_newcomer = find_previous_letter_day(reader.days, self._day)
            last = by_reader.get(reader.id, _LastLetter(as_newcomer, as_newcomer, None))
            if first := self._find_first_day(reader, last):
                had = self._find_days_had(first, last)
                waiting = None
                if matched := skipped.get(reader.id):
                    waiting = sum(count for day, count in matched.items() if day >= first and day not in had)
                found[reader.id] = EarlierDays(first, waiting, had)
        return found

    def _may_cover_several(self, reader: Reader) -> bool:
        if reader.days & WORKDAYS != WORKDAYS:
            return True
        return reader.paused_until is not None and self._first <= reader.paused_until <= self._day

    def _find_missed_letters(self, readers: Sequence[int]) -> dict[int, bool]:
        """Return which of *readers* had no letter of the edition before though it was due, and whether it was skipped.

        Else it was lost.
        """
        if self._last_edition is None:
            self._last_edition = self._editions.values_list("id", flat=True).first() or 0
        rows = Delivery.objects.filter(_LOST | _SKIPPED, edition=self._last_edition, subscriber__in=readers)
        return {reader: reason == "below_minimum" for reader, reason in rows.values_list("subscriber_id", "reason")}

    def _load_skipped_letters(self, readers: Sequence[int]) -> dict[int, dict[date, int]]:
        """Return how many papers matched on the days whose letters were skipped, by reader."""
        if not readers:
            return {}
        days = {edition.id: edition.day for edition in self._load_earlier()}
        rows = Delivery.objects.filter(_SKIPPED, edition__in=list(days), subscriber__in=readers)
        matched: defaultdict[int, dict[date, int]] = defaultdict(dict)
        for reader, edition, count in rows.values_list("subscriber_id", "edition_id", "matched"):
            matched[reader][days[edition]] = count
        return matched

    def _find_day_before_letters(self, skipped: Mapping[date, int] | None) -> date:
        """Return the day before those that the letter covers of a reader who never had one."""
        return max(self._first, min(skipped)) - ONE_DAY if skipped else self._first - ONE_DAY

    def _find_first_day(self, reader: Reader, last: _LastLetter) -> date | None:
        """Return the first day that no letter of the reader covered."""
        since = [edition.day for edition in self._load_earlier() if edition.day > last.day]
        came_late = [
            edition.day
            for edition in self._load_earlier()
            if edition.day <= last.day and last.planned_at and edition.frozen_at > last.planned_at
        ]
        was_due = last.due_on > last.day or any(reader.days & 1 << day.weekday() for day in since)
        return min((day for day in (*came_late, *since) if day >= self._first or not was_due), default=None)

    def _find_days_had(self, first: date, last: _LastLetter) -> frozenset[date]:
        """Return the days from *first* on that the reader's last letters covered; none if *first* did not come late."""
        if first > last.day or last.planned_at is None:
            return frozenset()
        until = [edition for edition in self._load_earlier() if first <= edition.day <= last.day]
        return frozenset(edition.day for edition in until if edition.frozen_at <= last.planned_at)

    def _load_earlier(self) -> list[_EarlierEdition]:
        """Return the editions before this one that a letter may go back to, and the one before them, by day."""
        if self._earlier is None:
            rows = self._editions.values_list("id", "day", "frozen_at")
            self._earlier = [_EarlierEdition(key, day, frozen) for key, day, frozen in rows if frozen][::-1]
        return self._earlier
