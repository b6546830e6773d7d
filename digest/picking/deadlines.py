"""How late a letter may leave: a morning's letter must not arrive at night two days later.

Each letter knows from when on it would come too late: DELIVERY_WINDOW after its reader's hour, or after an operator's
command asked for it. Then the scheduler ends it, and the books say how: it was tried and not taken in time, or
never tried because a pause or a mail server that was away held it up. A command that sends an edition gives what is
left a window of its own.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Concat, Substr

from digest.delivery.outcomes import unknown
from digest.delivery.outcomes.record import not_in_time
from digest.models import Delivery, Edition
from subscriptions import selectors
from subscriptions.reader import Reader
from subscriptions.schedule import due_at

State = Delivery.State
TOO_LATE = "too_late"
FORGOTTEN = timedelta(days=14)
# From the freezing of an edition to the last reader's hour; on a day with an hour more.
LONGEST_WAIT = timedelta(hours=25)


def not_after(due: datetime) -> datetime:
    """From when on a letter that was due at *due* would come too late."""
    return due + _window()


def oldest(now: datetime) -> datetime:
    """Of an edition frozen before then no letter can leave in time."""
    return now - LONGEST_WAIT - _window()


def looked_after(now: datetime) -> Q:
    """The editions that the scheduler looks at: while letters can leave in time, and then until the books are closed.

    So a scheduler that was away for days closes the books of what it missed; older ones are an operator's.
    """
    open_books = Q(state="frozen", frozen_at__gte=now - FORGOTTEN)
    return Q(frozen_at__gte=oldest(now)) | open_books


class Deadlines:
    """Until when the letters of one planning may leave, where readers are served at their hour."""

    def __init__(self, edition: Edition, now: datetime) -> None:
        self.now, self.frozen_at = now, edition.frozen_at or now
        self.by_hour: dict[tuple[str, int], datetime] = {}

    def of(self, readers: Sequence[Reader]) -> dict[int, datetime]:
        """By reader's id: the past for those who were looked at too late.

        Whoever has only just confirmed is late for nothing, while the edition is on its way to others.
        """
        found = {reader.id: self._at_hour(reader.timezone, reader.hour) for reader in readers}
        late = [key for key, deadline in found.items() if deadline <= self.now]
        if late and self.frozen_at >= oldest(self.now):
            found |= dict.fromkeys(selectors.confirmed_since(late, self.now - _window()), not_after(self.now))
        return found

    def _at_hour(self, zone: str, hour: int) -> datetime:
        known = self.by_hour.get((zone, hour))
        if known is None:
            known = self.by_hour[zone, hour] = not_after(min(due_at(zone, hour, self.frozen_at), self.now))
        return known


def anything_overdue(edition: Edition, now: datetime) -> bool:
    """As in most minutes nothing is, before the first letter can be: nobody's hour comes before the edition."""
    if edition.frozen_at is None or now < edition.frozen_at + _window():
        return False
    return _overdue(edition, now).exists()


def skip(edition: Edition, now: datetime) -> int:
    """Ends the waiting letters that would come too late. Gives how many."""
    late = _overdue(edition, now)
    uncertain = unknown.leave_open(late, now)
    ended = {"not_before": None, "finished_at": now}
    untouched = late.filter(attempts=0).update(state=State.EXCLUDED, reason=TOO_LATE, **ended)
    last_answer = Substr(Concat(Value(not_in_time("")), F("reason")), 1, 300)
    return uncertain + untouched + late.update(state=State.FAILED, reason=last_answer, **ended)


def renew(edition: Edition, now: datetime) -> int:
    """An operator wants the edition sent now: what waits gets a new window, and what was skipped waits again.

    Readers who were skipped without a choice of papers are as if never planned. Gives how many letters wait anew.
    """
    skipped = Delivery.objects.filter(edition=edition, state=State.EXCLUDED, reason=TOO_LATE)
    skipped.filter(picks=[]).delete()
    late = Q(state=State.PENDING, not_after__lte=now) | Q(state=State.EXCLUDED, reason=TOO_LATE)
    rows = Delivery.objects.filter(late, edition=edition)
    return rows.update(state=State.PENDING, reason="", finished_at=None, not_before=None, not_after=not_after(now))


def _overdue(edition: Edition, now: datetime) -> QuerySet[Delivery]:
    return Delivery.objects.filter(edition=edition, state=State.PENDING, not_after__lte=now)


def _window() -> timedelta:
    window: timedelta = settings.DELIVERY_WINDOW
    return window
