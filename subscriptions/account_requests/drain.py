"""Works off the outbox of account letters: in a thread of the web process right after a page, and by the scheduler.

The scheduler's run finds whatever a kill left over. Any number of processes may drain at once.
"""

import logging
from datetime import datetime
from functools import cache
from typing import Literal

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from subscriptions import rate_limits
from subscriptions.account_requests import handlers, outbox
from subscriptions.background_thread import BackgroundThread
from subscriptions.email.messages import LetterPutOff, LetterRefused, MailUnavailable
from subscriptions.models import Errand
from subscriptions.rate_limits import DomainFull

log = logging.getLogger(__name__)

# What became of a request. "mail is down": it waits, and no other letter would leave now either.
Handled = Literal["done", "waiting", "mail is down"]


def drain_outbox(now: datetime | None = None) -> int:
    """Handle what is due and return how many requests are done.

    It ends early where the mail server takes nobody's letter: what is left is tried by the next drain.
    """
    done = 0
    while (request := outbox.find_next_due(now or timezone.now())) is not None:
        if not outbox.claim(request, now or timezone.now()):
            continue
        handled = _handle(request, now or timezone.now())
        done += handled == "done"
        if handled == "mail is down":
            break
    rate_limits.delete_expired(now or timezone.now())
    return done


def drain_soon(now: datetime, **_signal: object) -> None:
    """Have a new request handled after the page, or with ERRANDS_INLINE at once. Receives `account_request_added`."""
    if settings.ERRANDS_INLINE:
        drain_outbox(now)
    else:
        transaction.on_commit(_background_thread().start_soon)


def _handle(request: Errand, now: datetime) -> Handled:
    """Handle a request. One that is not done waits for its next attempt."""
    try:
        handlers.handle(request, now)
    except DomainFull as full:
        outbox.wait_for_room(request, full.until, now)
        return "waiting"
    except LetterRefused:
        log.warning("Account request %s: the mailbox does not exist.", request.id)
    except LetterPutOff:
        return "waiting" if outbox.wait_after_refusal(request, now) else "done"
    except MailUnavailable as error:
        outbox.wait_until_mended(request, now)
        return "mail is down" if error.concerns_everybody else "waiting"
    except Exception:
        # One request that cannot be handled must not hold up all the others.
        log.exception("Account request %s failed.", request.id)
        outbox.wait_until_mended(request, now)
        return "waiting"
    outbox.finish(request)
    return "done"


@cache
def _background_thread() -> BackgroundThread:
    return BackgroundThread("account-requests", _drain_in_background)


def _drain_in_background() -> bool:
    """Drain in the thread of a web process. Return whether something is left to do later."""
    try:
        drain_outbox()
        return Errand.objects.exists()
    except DatabaseError:
        log.exception("The account requests cannot be read; the scheduler handles them.")
        return False
    finally:
        connection.close()
