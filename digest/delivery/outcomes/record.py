"""Writes down why a letter was not accepted, and decides whether it is tried again."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from digest.delivery import outbox
from digest.delivery.outcomes import retry, unknown
from digest.delivery.outcomes.classify import Outcome
from digest.models import Delivery
from subscriptions.services import suppression


def record_outcome(
    row: Delivery,
    outcome: Outcome,
    worker: str,
    now: datetime,
    *,
    idempotent: bool,
    window: timedelta = unknown.NO_REPEAT,
) -> str:
    """Write down why a letter was not accepted, and return what was written.

    That is failed, deferred or uncertain, or waiting where the letter was not even tried. *window* is how long the
    provider recognises a letter that it may have taken, and takes it only once.
    """
    match outcome.kind:
        case "down":
            outbox.put_back([row.id], worker)
            return "waiting"
        case "deferred" | "closed":
            if row.doubted_at:
                return _repeat_in_window(row, outcome.reason, worker, now, window) or _leave_uncertain(
                    row, outcome.reason, worker, now
                )
            return _try_later(row, outcome.reason, worker, now) or _fail_not_in_time(row, outcome.reason, worker, now)
        case "uncertain" if window:
            return _repeat_in_window(row, outcome.reason, worker, now, window) or _leave_uncertain(
                row, outcome.reason, worker, now
            )
        case "uncertain":
            again = idempotent or settings.UNCERTAIN_LETTERS == "retry"
            again = again and (idempotent or row.attempts + 1 < retry.MAX_ATTEMPTS)
            return (again and _try_later(row, outcome.reason, worker, now)) or _leave_uncertain(
                row, outcome.reason, worker, now
            )
    if row.doubted_at:  # this time it was not taken, but perhaps the first time
        return _leave_uncertain(row, outcome.reason, worker, now)
    outbox.mark_failed(row.id, worker, outcome.reason, now)
    return "failed"


def suppress_unknown_address(email: str, outcome: Outcome) -> None:
    """Suppress an address that its own server does not know."""
    if outcome.no_such_address:
        suppression.suppress(email, reason="hard_bounce", detail=outcome.reason)


def not_in_time_reason(reason: str) -> str:
    """Return the reason of a letter that was tried until it was too late. *reason* is the last answer."""
    return _("Not taken in time: %(reason)s") % {"reason": reason}


def _try_later(row: Delivery, reason: str, worker: str, now: datetime) -> str:
    """Defer a letter. Return an empty text where the next attempt would come too late."""
    not_before = retry.next_attempt_at(row.attempts + 1, now, row.not_after)
    if not_before is None:
        return ""
    outbox.defer(row.id, worker, reason, not_before)
    return "deferred"


def _repeat_in_window(row: Delivery, reason: str, worker: str, now: datetime, window: timedelta) -> str:
    """Defer a letter in doubt. Return an empty text where the provider would not recognise it any more."""
    not_before = retry.next_attempt_at(row.attempts + 1, now, row.not_after)
    since = row.doubted_at or now
    if not_before is None or not_before >= since + window:
        return ""
    outbox.defer(row.id, worker, reason, not_before, doubted_at=since)
    return "deferred"


def _fail_not_in_time(row: Delivery, reason: str, worker: str, now: datetime) -> str:
    outbox.mark_failed(row.id, worker, not_in_time_reason(reason), now)
    return "failed"


def _leave_uncertain(row: Delivery, reason: str, worker: str, now: datetime) -> str:
    outbox.mark_uncertain(row.id, worker, reason, now)
    return "uncertain"
