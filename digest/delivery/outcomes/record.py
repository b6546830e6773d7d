"""Writes down why a letter was not accepted, and decides whether it is tried again."""

from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings
from django.utils.translation import gettext as _

from digest.delivery import outbox
from digest.delivery.outcomes import retry, unknown
from digest.delivery.outcomes.classify import Outcome
from digest.models import Delivery

# What a delivery's row says afterwards; "waiting" where the letter was not even tried.
RecordedOutcome = Literal["failed", "deferred", "uncertain", "waiting"]


def record_outcome(
    row: Delivery,
    outcome: Outcome,
    worker: str,
    now: datetime,
    *,
    idempotent: bool,
    window: timedelta = unknown.NO_REPEAT,
) -> RecordedOutcome:
    """Write down why a letter was not accepted, and return what was written.

    *idempotent* says that sending a letter twice is always harmless. *window* is how long the provider recognises a
    letter that it may have taken, and takes it only once.
    """
    fault = str(outcome.fault or "")
    next_attempt = retry.next_attempt_at(row.attempts + 1, now, row.not_after)
    match outcome.kind:
        case "down":
            outbox.put_back([row.id], worker)
            return "waiting"
        case "uncertain" if not window:
            may_send_twice = idempotent or (
                settings.UNCERTAIN_LETTERS == "retry" and row.attempts + 1 < retry.MAX_ATTEMPTS
            )
            if may_send_twice and next_attempt is not None:
                outbox.defer(row.id, worker, outcome.reason, next_attempt, fault=fault)
                return "deferred"
        case "deferred" | "closed" if row.doubted_at is None:
            if next_attempt is None:
                reason = not_in_time_reason(outcome.reason)
                outbox.mark_failed(row.id, worker, reason, now, fault=fault, temporary=True)
                return "failed"
            outbox.defer(row.id, worker, outcome.reason, next_attempt, fault=fault)
            return "deferred"
        case "uncertain" | "deferred" | "closed":
            doubted_at = row.doubted_at or now
            if next_attempt is not None and next_attempt < doubted_at + window:
                outbox.defer(row.id, worker, outcome.reason, next_attempt, doubted_at=doubted_at)
                return "deferred"
        case _ if row.doubted_at is None:
            outbox.mark_failed(row.id, worker, outcome.reason, now, fault=fault, temporary=False)
            return "failed"
    # This attempt or an earlier one may have been taken, and the letter may not be sent again.
    outbox.mark_uncertain(row.id, worker, outcome.reason, now)
    return "uncertain"


def not_in_time_reason(reason: str) -> str:
    """Return the reason of a letter that was tried until it was too late. *reason* is the last answer."""
    return _("Not taken in time: %(reason)s") % {"reason": reason}
