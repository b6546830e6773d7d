"""How late a letter may leave: a morning's letter must not arrive at night two days later.

Each letter knows from when on it would come too late: DELIVERY_WINDOW after its reader's hour, or after an operator's
command asked for it. Then the scheduler ends it, and the books say how: it was tried and not taken in time, or
never tried because a pause or a mail server that was away held it up. A command that sends an edition gives what is
left a window of its own.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from digest.models import Delivery, Edition
from subscriptions import selectors
from subscriptions.reader import Reader
from subscriptions.schedule import compute_due_time

State = Delivery.State
TOO_LATE = "too_late"
OPEN_BOOKS_AGE = timedelta(days=14)
# From the freezing of an edition to the last reader's hour; on a day with an hour more.
MAX_TIME_TO_HOUR = timedelta(hours=25)


def not_after(due: datetime) -> datetime:
    """Return from when on a letter that was due at *due* comes too late."""
    return due + delivery_window()


def oldest_frozen_at(now: datetime) -> datetime:
    """Return the moment such that no letter of an edition frozen before it can leave in time."""
    return now - MAX_TIME_TO_HOUR - delivery_window()


def is_scheduled(now: datetime) -> Q:
    """The editions that the scheduler looks at: while letters can leave in time, and then until the books are closed.

    So a scheduler that was away for days closes the books of what it missed; older ones are an operator's.
    """
    open_books = Q(state="frozen", frozen_at__gte=now - OPEN_BOOKS_AGE)
    return Q(frozen_at__gte=oldest_frozen_at(now)) | open_books


class Deadlines:
    """The latest moments for the letters of one planning, where readers are served at their hour."""

    def __init__(self, edition: Edition, now: datetime) -> None:
        self.now, self.frozen_at = now, edition.frozen_at or now
        self.by_hour: dict[tuple[str, int], datetime] = {}

    def of(self, readers: Sequence[Reader]) -> dict[int, datetime]:
        """Return by reader's id until when the letter may leave; the past for those who were found too late.

        Whoever has only just confirmed is late for nothing, while the edition is on its way to others.
        """
        found = {reader.id: self._at_hour(reader.timezone, reader.hour) for reader in readers}
        late = [key for key, deadline in found.items() if deadline <= self.now]
        if late and self.frozen_at >= oldest_frozen_at(self.now):
            found |= dict.fromkeys(
                selectors.find_ids_confirmed_since(late, self.now - delivery_window()), not_after(self.now)
            )
        return found

    def _at_hour(self, zone: str, hour: int) -> datetime:
        known = self.by_hour.get((zone, hour))
        if known is None:
            known = self.by_hour[zone, hour] = not_after(min(compute_due_time(zone, hour, self.frozen_at), self.now))
        return known


def delivery_window() -> timedelta:
    window: timedelta = settings.DELIVERY_WINDOW
    return window
