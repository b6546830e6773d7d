"""The queue of account requests: written while somebody waits for a page, handled right after, and again until done.

A page takes as long and says the same whether the address is known or not, and whether or not the mail server answers.
Any number of processes may work on the queue. A process that is killed between a letter and the deletion of its row may
cause that letter to be sent once more. The table is called Errand.
"""

import logging
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from subscriptions import rate_limits
from subscriptions.account_requests import handlers
from subscriptions.account_requests.background_thread import BackgroundThread
from subscriptions.email.messages import LetterRefused, MailUnavailable
from subscriptions.models import Errand, Subscriber

log = logging.getLogger(__name__)

# A process that has not finished a request by then is taken for dead. It is longer than a mail server may take.
LEASE_DURATION = timedelta(minutes=10)
# The waits after the first, second … attempt. After the last one the request is given up.
RETRY_DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
MAX_WAIT = timedelta(days=1)


def add(
    kind: Errand.Kind,
    now: datetime | None = None,
    *,
    subscriber: Subscriber | None = None,
    email: str = "",
    columns: dict[str, object] | None = None,
) -> None:
    """Write a request down. It is handled once the transaction around it is committed, with ERRANDS_INLINE at once.

    *columns* are the preferences of a sign-up, as a subscriber's row holds them.
    """
    now = now or timezone.now()
    Errand.objects.create(
        kind=kind, subscriber=subscriber, email=email, wishes=columns or {}, not_before=now, created_at=now
    )
    if settings.ERRANDS_INLINE:
        run(now)
    else:
        transaction.on_commit(_background_thread().start_soon)


def run(now: datetime | None = None) -> int:
    """Handle what is due and return how many requests are done."""
    done = 0
    while (request := _find_next_due(now or timezone.now())) is not None:
        if _claim(request, now or timezone.now()) and _handle(request, now or timezone.now()):
            done += 1
    rate_limits.delete_expired(now or timezone.now())
    return done


def _find_next_due(now: datetime) -> Errand | None:
    # A time far ahead is one of a clock that was set back since.
    due = Q(not_before__lte=now) | Q(not_before__gt=now + MAX_WAIT)
    return Errand.objects.select_related("subscriber").filter(due).order_by("not_before", "id").first()


def _claim(request: Errand, now: datetime) -> bool:
    """Take a request. Only one process changes the row from what it was."""
    seen = Errand.objects.filter(id=request.id, not_before=request.not_before, attempts=request.attempts)
    if not seen.update(not_before=now + LEASE_DURATION, attempts=F("attempts") + 1):
        return False
    request.attempts += 1
    return True


def _handle(request: Errand, now: datetime) -> bool:
    """Return whether the request is done. If not, it waits for its next attempt."""
    try:
        handlers.handle(request, now)
    except LetterRefused:
        log.warning("Account request %s: the mail server refused the letter for good.", request.id)
    except MailUnavailable:
        return _retry_later(request, now)
    except Exception:
        # One request that cannot be handled must not hold up all the others.
        log.exception("Account request %s failed.", request.id)
        return _retry_later(request, now)
    Errand.objects.filter(id=request.id).delete()
    return True


def _retry_later(request: Errand, now: datetime) -> bool:
    row = Errand.objects.filter(id=request.id)
    if request.attempts > len(RETRY_DELAYS):
        log.error("Account request %s is given up after %d attempts.", request.id, request.attempts)
        row.delete()
    else:
        row.update(not_before=now + RETRY_DELAYS[request.attempts - 1])
    return False


@cache
def _background_thread() -> BackgroundThread:
    return BackgroundThread(_run_in_background)


def _run_in_background() -> bool:
    """Run the queue in the thread of a web process. Return whether something is left to do later."""
    try:
        run()
        return Errand.objects.exists()
    except DatabaseError:
        log.exception("The account requests cannot be read; the scheduler handles them.")
        return False
    finally:
        connection.close()
