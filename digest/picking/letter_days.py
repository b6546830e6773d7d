"""On which days an edition's letters come: its own, and those after it on which arXiv announces nothing.

Whoever chose none of the days before gets the edition on their first chosen one of these: on a Saturday, or a holiday.
So such a day brings a letter as well, with everything that was announced since the last one.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import NamedTuple

from digest.dates import ONE_DAY
from digest.ingest.arxiv_holidays import is_without_listing, may_be_silent
from digest.models import Edition
from subscriptions import schedule, selectors
from subscriptions.reader import Reader

# The night prepares a day until then (UTC): see the crontab in the README. So a listing that may come on a holiday is
# there by then, if it comes at all.
LAST_PREPARATION = time(12, 0, tzinfo=UTC)
# In some zone a day begins so long before it does in UTC.
FIRST_ZONE = timedelta(hours=14)
# A week later the edition's own day of the week comes again.
MAX_LETTER_DAYS = 7
READERS_PER_CHUNK = 1000


class LetterDay(NamedTuple):
    """A day on which an edition's letters come."""

    day: date
    # The days of the week (bits, Monday is 1) of the letter days before this one.
    earlier: int

    @property
    def is_own(self) -> bool:
        """Return whether it is the edition's own day."""
        return not self.earlier

    def is_of(self, chosen_days: int) -> bool:
        """Return whether readers who chose these days of the week get the edition on this day."""
        bit = 1 << self.day.weekday()
        return chosen_days & (self.earlier | bit) == bit

    def due_at(self, frozen_at: datetime) -> schedule.DueTime:
        """Return the due times of the letters of an edition of *frozen_at* that come on this day."""
        return partial(self.compute_due_time, frozen_at=frozen_at)

    def compute_due_time(self, zone: str, hour: int, frozen_at: datetime) -> datetime:
        """Return from when on readers of this hour may have the edition. On silent days it is their clocks' day."""
        if self.is_own:
            return schedule.compute_due_time(zone, hour, frozen_at)
        moment = max(frozen_at, schedule.compute_time_on(zone, hour, self.day))
        return moment if is_without_listing(self.day) else max(moment, datetime.combine(self.day, LAST_PREPARATION))


def list_letter_days(edition_day: date) -> list[LetterDay]:
    """Return the days on which an edition's letters come by the calendar, its own first."""
    days = [LetterDay(edition_day, 0)]
    while len(days) < MAX_LETTER_DAYS and may_be_silent(day := days[-1].day + ONE_DAY):
        days.append(LetterDay(day, days[-1].earlier | 1 << days[-1].day.weekday()))
    return days


def find_letter_days(edition: Edition, now: datetime) -> list[LetterDay]:
    """Return those of the edition's letter days that have begun somewhere, and before which no other edition came."""
    today = (now + FIRST_ZONE).date()
    own, *silent = list_letter_days(edition.day)
    silent = [letter_day for letter_day in silent if letter_day.day <= today]
    if not silent:
        return [own]
    newer = Edition.objects.filter(day__gt=edition.day, frozen_at__isnull=False).exclude(entries=None)
    end = newer.order_by("day").values_list("day", flat=True).first()
    return [own, *(letter_day for letter_day in silent if end is None or letter_day.day < end)]


def iterate_readers(edition_day: date) -> Iterator[list[Reader]]:
    """Yield all readers who get the edition of *edition_day*, on any of its letter days, some at a time."""
    for day, earlier in list_letter_days(edition_day):
        after = 0
        while readers := selectors.find_due_readers(day, after_id=after, limit=READERS_PER_CHUNK, earlier=earlier):
            after = readers[-1].id
            yield readers


def find_letter_day(letter_days: Sequence[LetterDay], chosen_days: int) -> LetterDay:
    """Return on which of *letter_days* a reader who chose these days of the week gets the edition."""
    return next((letter_day for letter_day in letter_days if letter_day.is_of(chosen_days)), letter_days[0])


def find_edition_for(day: date) -> tuple[Edition, LetterDay] | None:
    """Return the edition whose letters come on *day*, which has none of its own; None where none does."""
    editions = Edition.objects.filter(day__lte=day, frozen_at__isnull=False).exclude(entries=None)
    edition = editions.order_by("-day").first()
    if edition is None or edition.day == day:
        return None
    return next(((edition, letter_day) for letter_day in list_letter_days(edition.day) if letter_day.day == day), None)


def find_current_day(edition: Edition, now: datetime) -> date:
    """Return the last of the edition's letter days that has begun somewhere: a pause that ended by then is over."""
    today = (now + FIRST_ZONE).date()
    return max((each.day for each in list_letter_days(edition.day) if each.day <= today), default=edition.day)
