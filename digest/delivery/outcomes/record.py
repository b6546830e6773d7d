"""Writes down why a letter was not accepted, and decides whether it is tried again."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from digest.delivery import outbox
from digest.delivery.outcomes import retry, unknown
from digest.delivery.outcomes.classify import Outcome
from digest.models import Delivery
from subscriptions.services import suppression


def settle(
    row: Delivery, outcome: Outcome, worker: str, now: datetime, *, idempotent: bool, window: timedelta = unknown.NEVER
) -> str:
    """Gives what was written: failed, deferred or uncertain, or waiting where the letter was not even tried.

    *window* is how long the provider knows a letter that it may have taken, and takes it only once.
    """
    match outcome.kind:
        case "down":
            outbox.put_back([row.id], worker)
            return "waiting"
        case "deferred" | "closed":
            if row.doubted_at:
                return _repeat(row, outcome.reason, worker, now, window) or _doubt(row, outcome.reason, worker, now)
            return _defer(row, outcome.reason, worker, now) or _give_up(row, outcome.reason, worker, now)
        case "uncertain" if window:
            return _repeat(row, outcome.reason, worker, now, window) or _doubt(row, outcome.reason, worker, now)
        case "uncertain":
            again = idempotent or settings.UNCERTAIN_LETTERS == "retry"
            again = again and (idempotent or row.attempts + 1 < retry.MOST_ATTEMPTS)
            return (again and _defer(row, outcome.reason, worker, now)) or _doubt(row, outcome.reason, worker, now)
    if row.doubted_at:  # this time it was not taken, but perhaps the first time
        return _doubt(row, outcome.reason, worker, now)
    outbox.failed(row.id, worker, outcome.reason, now)
    return "failed"


def suppress_unknown(email: str, outcome: Outcome) -> None:
    """Never write again to an address that its own server does not know."""
    if outcome.no_such_address:
        suppression.suppress(email, reason="hard_bounce", detail=outcome.reason)


def not_in_time(reason: str) -> str:
    """Of a letter that was tried until it would have come too late; *reason* is the last answer."""
    return _("Not taken in time: %(reason)s") % {"reason": reason}


def _defer(row: Delivery, reason: str, worker: str, now: datetime) -> str:
    """Empty where the next attempt would come too late."""
    not_before = retry.next_try(row.attempts + 1, now, row.not_after)
    if not_before is None:
        return ""
    outbox.deferred(row.id, worker, reason, not_before)
    return "deferred"


def _repeat(row: Delivery, reason: str, worker: str, now: datetime, window: timedelta) -> str:
    """Empty where the provider would not know the letter any more."""
    not_before = retry.next_try(row.attempts + 1, now, row.not_after)
    since = row.doubted_at or now
    if not_before is None or not_before >= since + window:
        return ""
    outbox.deferred(row.id, worker, reason, not_before, doubted_at=since)
    return "deferred"


def _give_up(row: Delivery, reason: str, worker: str, now: datetime) -> str:
    outbox.failed(row.id, worker, not_in_time(reason), now)
    return "failed"


def _doubt(row: Delivery, reason: str, worker: str, now: datetime) -> str:
    outbox.uncertain(row.id, worker, reason, now)
    return "uncertain"
