"""Which days a reader's letter covers: all since the last letter that they had, and today's alone for most readers.

Whoever takes every workday gets a letter of each day; what one of theirs missed is not made up for, except where a
pause ended. A letter that never left, that had too few papers, or that a pause held back, covered nothing.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models import Max, Q

from digest.models import Delivery, Edition
from digest.picking.shown_papers import OPEN_STATES, SENT_STATES
from subscriptions.preference_defaults import WORKDAYS
from subscriptions.reader import Reader
from subscriptions.schedule import find_previous_letter_day

# A letter goes back so far at most: for weekly readers over one day without papers, and after a pause.
MAX_COVERED_DAYS = 14

# Why a reader has no letter of a day on which we looked at all papers for them.
NOTHING_FOUND = ("no_match", "seen_before")

ONE_DAY = timedelta(days=1)


class CoveredDays:
    """Finds the days of letters in one edition, for chunks of readers."""

    def __init__(self, edition: Edition) -> None:
        self._day = edition.day
        # How far back any letter goes; the day before is the last on which a letter may have been the one before.
        self._first = edition.day - (MAX_COVERED_DAYS - 1) * ONE_DAY
        self._editions: list[tuple[int, date]] | None = None

    def find(self, readers: Sequence[Reader]) -> dict[int, date]:
        """Return the first day with papers that a reader's letter covers, by reader id; without those of today alone.

        It takes one query for those who do not take every workday or were paused, and one more for the first of them.
        """
        asked = [reader for reader in readers if self._may_cover_several(reader)]
        earlier = self._load_editions() if asked else []
        if not earlier:
            return {}
        letters = Delivery.objects.filter(
            edition__in=[key for key, _ in earlier], subscriber__in=[reader.id for reader in asked]
        )
        covering = Q(state__in=(*OPEN_STATES, *SENT_STATES)) | Q(state="excluded", reason__in=NOTHING_FOUND)
        last_day = Max("edition__day", filter=covering)
        covered_until = dict(letters.order_by().values_list("subscriber").annotate(last_day=last_day))
        found = {}
        for reader in asked:
            if reader.id not in covered_until:
                # A newcomer.
                last = find_previous_letter_day(reader.days, self._day)
            else:
                last = covered_until[reader.id] or self._first - ONE_DAY
            if first := next((day for _, day in earlier if day > last), None):
                found[reader.id] = first
        return found

    def _may_cover_several(self, reader: Reader) -> bool:
        if reader.days & WORKDAYS != WORKDAYS:
            return True
        return reader.paused_until is not None and self._first <= reader.paused_until <= self._day

    def _load_editions(self) -> list[tuple[int, date]]:
        """Return the ids and days of the editions before this one, by day, from that of the oldest letter on."""
        if self._editions is None:
            editions = Edition.objects.filter(
                day__gte=self._first - ONE_DAY, day__lt=self._day, frozen_at__isnull=False
            )
            self._editions = list(editions.order_by("day").values_list("id", "day"))
        return self._editions
