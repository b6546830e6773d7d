"""The deadlines of letters: a morning's letter must not arrive at night two days later.

Each letter has a deadline: DELIVERY_WINDOW after its reader's hour, or after an operator's command asked for it. Then
the scheduler ends it, and the books say why: it was tried and not accepted in time, or it was never tried because of a
pause or an unreachable mail server. A command that sends an edition gives its open letters a new window.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from digest.dates import ONE_DAY
from digest.ingest.arxiv_holidays import may_be_silent
from digest.models import Delivery, Edition
from digest.picking.letter_days import LetterDay, find_letter_day
from subscriptions import selectors
from subscriptions.reader import Reader

State = Delivery.State
TOO_LATE = "too_late"
OPEN_BOOKS_AGE = timedelta(days=14)
# From the freezing of an edition to the last reader's hour, on a day of 25 hours.
MAX_TIME_TO_HOUR = timedelta(hours=25)


def not_after(due: datetime) -> datetime:
    """Return the deadline of a letter that was due at *due*."""
    return due + delivery_window()


def oldest_frozen_at(now: datetime) -> datetime:
    """Return a moment: letters of editions frozen before it can no longer leave in time."""
    return now - MAX_TIME_TO_HOUR - delivery_window()


def is_in_time(now: datetime) -> Q:
    """Return the condition for editions whose letters can leave in time, on silent days after their own one too."""
    oldest = oldest_frozen_at(now)
    day = oldest.date()
    in_time = Q(frozen_at__gte=oldest)
    if not may_be_silent(day) and not may_be_silent(day + ONE_DAY):
        return in_time
    while may_be_silent(day):
        day -= ONE_DAY
    return in_time | Q(day__gte=day, frozen_at__isnull=False)


def is_scheduled(now: datetime) -> Q:
    """Return the condition for editions that the scheduler handles.

    The scheduler handles an edition while letters can leave in time, and then until the books are closed: a scheduler
    that was down for days closes the books of what it missed. Older editions are left to an operator.
    """
    open_books = Q(state="frozen", frozen_at__gte=now - OPEN_BOOKS_AGE)
    return is_in_time(now) | open_books


def is_over(edition: Edition) -> bool:
    """Return whether the edition's letters are shortened or deleted: none is planned, renewed or tried again."""
    return edition.whole_letters is not None


class DeadlineCalculator:
    """Computes the deadlines of letters, where readers get them at their hour."""

    def __init__(self, edition: Edition, now: datetime, letter_days: Sequence[LetterDay]) -> None:
        self.now, self.frozen_at = now, edition.frozen_at or now
        self.letter_days = letter_days
        self.by_hour: dict[tuple[LetterDay, str, int], datetime] = {}

    def of(self, readers: Sequence[Reader]) -> dict[int, datetime]:
        """Return deadlines by reader id; one in the past means that the letter is too late.

        Readers who confirmed within the window get a full window, while the edition still goes out to others.
        """
        deadlines = {
            reader.id: self._at_hour(find_letter_day(self.letter_days, reader.days), reader.timezone, reader.hour)
            for reader in readers
        }
        late = [key for key, deadline in deadlines.items() if deadline <= self.now]
        if late and self.frozen_at >= oldest_frozen_at(self.now):
            newcomers = selectors.find_ids_confirmed_since(late, self.now - delivery_window())
            deadlines |= dict.fromkeys(newcomers, not_after(self.now))
        return deadlines

    def _at_hour(self, letter_day: LetterDay, zone: str, hour: int) -> datetime:
        deadline = self.by_hour.get((letter_day, zone, hour))
        if deadline is None:
            due = min(letter_day.compute_due_time(zone, hour, self.frozen_at), self.now)
            deadline = self.by_hour[letter_day, zone, hour] = not_after(due)
        return deadline


def delivery_window() -> timedelta:
    """Return how long after its reader's hour a letter may still leave."""
    window: timedelta = settings.DELIVERY_WINDOW
    return window
