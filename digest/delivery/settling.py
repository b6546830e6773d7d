"""Writes down why a letter was not accepted, and decides whether it is tried again."""

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from digest.delivery import limits, outbox
from digest.delivery.outcomes import Outcome
from digest.models import Delivery
from subscriptions import services


def settle(row: Delivery, outcome: Outcome, worker: str, now: datetime, *, idempotent: bool) -> str:
    """Gives what was written: failed, deferred or uncertain, or waiting where the letter was not even tried."""
    match outcome.kind:
        case "down":
            outbox.put_back([row.id], worker)
            return "waiting"
        case "deferred" | "closed":
            return _defer(row, outcome.reason, worker, now) or _give_up(row, outcome.reason, worker, now)
        case "uncertain":
            again = idempotent or settings.UNCERTAIN_LETTERS == "retry"
            return (again and _defer(row, outcome.reason, worker, now)) or _doubt(row, outcome.reason, worker, now)
    outbox.failed(row.id, worker, outcome.reason, now)
    return "failed"


def suppress_unknown(email: str, outcome: Outcome) -> None:
    """Never write again to an address that its own server does not know."""
    if outcome.no_such_address:
        services.suppress(email, reason="hard_bounce", detail=outcome.reason)


def _defer(row: Delivery, reason: str, worker: str, now: datetime) -> str:
    """Empty after the last attempt."""
    not_before = limits.next_try(row.attempts + 1, now)
    if not_before is None:
        return ""
    outbox.deferred(row.id, worker, reason, not_before)
    return "deferred"


def _give_up(row: Delivery, reason: str, worker: str, now: datetime) -> str:
    words = {"count": limits.MOST_ATTEMPTS, "reason": reason}
    outbox.failed(row.id, worker, _("Given up after %(count)d attempts: %(reason)s") % words, now)
    return "failed"


def _doubt(row: Delivery, reason: str, worker: str, now: datetime) -> str:
    outbox.uncertain(row.id, worker, reason, now)
    return "uncertain"
