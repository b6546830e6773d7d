"""The list of errands: written down while somebody waits for a page, carried out right after, and again until done.

A page takes as long and says the same whether the address is known or not, and whether or not the mail server answers.
Any number of processes may work on the list. Killed between a letter and its note, one may send that letter once more.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from subscriptions import rate_limits
from subscriptions.account_requests import handlers
from subscriptions.account_requests.background_thread import Background
from subscriptions.email.messages import LetterRefused, MailUnavailable
from subscriptions.models import Errand, Subscriber

log = logging.getLogger(__name__)

# Longer than a mail server may take; whoever has not finished by then is taken for dead.
LEASE = timedelta(minutes=10)
# The waits after the first, second … attempt. After the last one it is given up.
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
LONGEST_WAIT = timedelta(days=1)


def leave(
    kind: Errand.Kind,
    now: datetime | None = None,
    *,
    subscriber: Subscriber | None = None,
    email: str = "",
    wishes: dict[str, object] | None = None,
) -> None:
    """Write an errand down; it is carried out once the change around it is stored."""
    now = now or timezone.now()
    Errand.objects.create(
        kind=kind, subscriber=subscriber, email=email, wishes=wishes or {}, not_before=now, created_at=now
    )
    if settings.ERRANDS_INLINE:
        run(now)
    else:
        transaction.on_commit(_background().ask)


def run(now: datetime | None = None) -> int:
    """Carry out what is due; gives how many errands are done."""
    done = sum(_carry_out(errand, now or timezone.now()) for errand in _claims(now))
    rate_limits.forget(now or timezone.now())
    return done


def _claims(now: datetime | None) -> Iterator[Errand]:
    """Errands that are now this process's, one after the other."""
    while (errand := _due(now or timezone.now()).order_by("not_before", "id").first()) is not None:
        if _claim(errand, now or timezone.now()):
            yield errand


def _due(now: datetime) -> QuerySet[Errand]:
    """A time far ahead is one of a clock that was set back since."""
    due = Q(not_before__lte=now) | Q(not_before__gt=now + LONGEST_WAIT)
    return Errand.objects.select_related("subscriber").filter(due)


def _claim(errand: Errand, now: datetime) -> bool:
    """Only one process changes the row from what it was."""
    seen = Errand.objects.filter(id=errand.id, not_before=errand.not_before, attempts=errand.attempts)
    if not seen.update(not_before=now + LEASE, attempts=F("attempts") + 1):
        return False
    errand.attempts += 1
    return True


def _carry_out(errand: Errand, now: datetime) -> bool:
    """Whether the errand is done; if not, it waits for its next attempt."""
    try:
        handlers.carry_out(errand, now)
    except LetterRefused:
        log.warning("Errand %s: the mail server refused the letter for good.", errand.id)
    except MailUnavailable:
        return _put_off(errand, now)
    except Exception:
        # One that cannot be carried out must not hold up all the others.
        log.exception("Errand %s failed.", errand.id)
        return _put_off(errand, now)
    Errand.objects.filter(id=errand.id).delete()
    return True


def _put_off(errand: Errand, now: datetime) -> bool:
    row = Errand.objects.filter(id=errand.id)
    if errand.attempts > len(BACK_OFF):
        log.error("Errand %s is given up after %d attempts.", errand.id, errand.attempts)
        row.delete()
    else:
        row.update(not_before=now + BACK_OFF[errand.attempts - 1])
    return False


@cache
def _background() -> Background:
    return Background(_work)


def _work() -> bool:
    """In the thread of a web process. Whether something is left to do later."""
    try:
        run()
        return Errand.objects.exists()
    except DatabaseError:
        log.exception("The list of errands cannot be read; the scheduler will see to it.")
        return False
    finally:
        connection.close()
