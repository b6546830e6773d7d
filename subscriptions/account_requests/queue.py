"""The queue of account requests: written while somebody waits for a page, handled right after, and again until done.

A page takes as long and says the same whether the address is known or not, and whether or not the mail server answers.
A letter that fails for a reason of ours waits until that is mended, as long as its link would be valid. One that its
recipient's server refuses is tried a few times. Any number of processes may work on the queue. A process that is killed
between a letter and the deletion of its row may cause that letter to be sent once more. The table is called Errand.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Literal

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import ngettext

from subscriptions import rate_limits
from subscriptions.account_requests import handlers
from subscriptions.account_requests.background_thread import BackgroundThread
from subscriptions.email import outage
from subscriptions.email.messages import LetterPutOff, LetterRefused, MailUnavailable
from subscriptions.links.tokens import CONFIRMATION_DAYS
from subscriptions.models import Errand, Subscriber

log = logging.getLogger(__name__)

# What became of a request. "mail is down": it waits, and no other letter would leave now either.
Handled = Literal["done", "waiting", "mail is down"]

# A process that has not finished a request by then is taken for dead. It is longer than a mail server may take.
LEASE_DURATION = timedelta(minutes=10)
# The waits after the first, second … refusal by the recipient's server. After the last one the request is given up.
RETRY_DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
# The waits after attempts that failed for reasons of ours. The last one repeats itself.
DELAYS_UNTIL_MENDED = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15))
# A letter that could not leave for so long is given up: who wants it still asks again.
MAX_AGE = timedelta(days=CONFIRMATION_DAYS)
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


def add_reminders(subscriber_ids: Iterable[int], now: datetime) -> None:
    """Write down a reminder for each of these people, unless another letter waits for them. The next run sends it."""
    columns = {"kind": Errand.Kind.REMINDER, "not_before": now, "created_at": now}
    Errand.objects.bulk_create(
        [Errand(subscriber_id=subscriber_id, **columns) for subscriber_id in subscriber_ids], ignore_conflicts=True
    )


def run(now: datetime | None = None) -> int:
    """Handle what is due and return how many requests are done.

    It ends early where the mail server takes nobody's letter: what is left is tried by the next run.
    """
    done = 0
    while (request := _find_next_due(now or timezone.now())) is not None:
        if not _claim(request, now or timezone.now()):
            continue
        handled = _handle(request, now or timezone.now())
        done += handled == "done"
        if handled == "mail is down":
            break
    rate_limits.delete_expired(now or timezone.now())
    return done


def describe_waiting(now: datetime) -> str:
    """Return, for an operator, how many letters failed for a reason of ours and which; empty while letters leave."""
    current = outage.find_outage(now)
    waiting = Errand.objects.filter(failed_for_us=True).count()
    if current is None or not waiting:
        return ""
    text = ngettext(
        "%(count)d account letter waits since %(since)s: %(reason)s",
        "%(count)d account letters wait since %(since)s: %(reason)s",
        waiting,
    )
    since = timezone.localtime(current.since).strftime("%Y-%m-%d %H:%M")
    return text % {"count": waiting, "since": since, "reason": current.reason}


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


def _handle(request: Errand, now: datetime) -> Handled:
    """Handle a request. One that is not done waits for its next attempt."""
    try:
        handlers.handle(request, now)
    except LetterRefused:
        log.warning("Account request %s: the mailbox does not exist.", request.id)
    except LetterPutOff:
        return _retry_refused(request, now)
    except MailUnavailable as error:
        _wait_until_mended(request, now)
        return "mail is down" if error.concerns_everybody else "waiting"
    except Exception:
        # One request that cannot be handled must not hold up all the others.
        log.exception("Account request %s failed.", request.id)
        _wait_until_mended(request, now)
        return "waiting"
    Errand.objects.filter(id=request.id).delete()
    return "done"


def _retry_refused(request: Errand, now: datetime) -> Handled:
    row = Errand.objects.filter(id=request.id)
    if request.refusals >= len(RETRY_DELAYS):
        log.warning("Account request %s is given up: its letter was refused too often.", request.id)
        row.delete()
        return "done"
    next_attempt = now + RETRY_DELAYS[request.refusals]
    row.update(refusals=F("refusals") + 1, failed_for_us=False, not_before=next_attempt)
    return "waiting"


def _wait_until_mended(request: Errand, now: datetime) -> None:
    row = Errand.objects.filter(id=request.id)
    if now - request.created_at >= MAX_AGE:
        log.error("Account request %s is given up after %d attempts.", request.id, request.attempts)
        row.delete()
        return
    next_attempt = now + DELAYS_UNTIL_MENDED[min(request.attempts, len(DELAYS_UNTIL_MENDED)) - 1]
    row.update(failed_for_us=True, not_before=next_attempt)


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
