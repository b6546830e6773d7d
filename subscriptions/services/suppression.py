"""Suppressions: addresses that must never be written to again."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from subscriptions import email_addresses
from subscriptions.models import Subscriber, Suppression
from subscriptions.services.subscriber_rows import mark_unsubscribed


class Reason(models.TextChoices):
    """Why nobody writes to an address. An operator who suppresses one by hand may give any other reason."""

    HARD_BOUNCE = "hard_bounce", _("the mailbox does not exist")
    COMPLAINT = "complaint", _("complaint")
    WORN_OUT = "soft_bounces", _("letters were refused or came back for weeks")
    PROVIDER_LIST = "provider_list", _("on the mail provider's suppression list")
    BLOCKED = "blocked", _("blocked, here or by the service that the address came from")


# What an operator may take back. A complaint is the reader's own word.
REVERSIBLE_REASONS = (Reason.HARD_BOUNCE, Reason.WORN_OUT, Reason.PROVIDER_LIST)


def suppress(email: str, reason: str, detail: str = "", run: int | None = None) -> None:
    """Write no letter to *email* again, but the deletion link they ask for.

    A complaint (`reason="complaint"`) also ends the subscription. *run* is the run whose letter was refused.
    """
    suppress_all({email: detail}, reason, run)
    if reason == Reason.COMPLAINT:
        mark_unsubscribed(Subscriber.objects.filter(email_key=email_addresses.key(email)), timezone.now())


def suppress_all(
    details: Mapping[str, str], reason: str, run: int | None = None, since: Mapping[str, datetime] | None = None
) -> int:
    """Suppress many addresses, each with what was said of it, and return how many were not suppressed before.

    *since* says of addresses that another installation suppressed when it did.
    """
    keys = {email_addresses.key(email): detail for email, detail in details.items()}
    moments = {email_addresses.key(email): moment for email, moment in (since or {}).items()}
    known = find_suppressed(keys)
    new = [
        Suppression(
            email_key=key, reason=reason[:40], detail=detail[:300], run=run, created_at=moments.get(key, timezone.now())
        )
        for key, detail in keys.items()
        if key not in known
    ]
    Suppression.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def lift(email: str, *, since: datetime | None = None) -> bool:
    """Let letters go to *email* again, unless its reader complained. Return whether they did not before.

    With *since* only a suppression made after it is lifted.
    """
    rows = Suppression.objects.filter(email_key=email_addresses.key(email), reason__in=REVERSIBLE_REASONS)
    if since is not None:
        rows = rows.filter(created_at__gt=since)
    return bool(rows.delete()[0])


def lift_all(*, run: int | None = None, reason: str = "") -> int:
    """Let letters go again to the addresses that *run* suppressed, or for *reason*. Return how many."""
    rows = Suppression.objects.filter(reason__in=REVERSIBLE_REASONS)
    if run is not None:
        rows = rows.filter(run=run)
    if reason:
        rows = rows.filter(reason=reason)
    return sum(row.delete()[0] for row in rows.iterator())


def find_suppressed(keys: Collection[str]) -> set[str]:
    """Return which of these keys of addresses must not be written to."""
    return set(Suppression.objects.filter(email_key__in=list(keys)).values_list("email_key", flat=True))


def is_suppressed(email: str) -> bool:
    """Return whether *email* must not be written to."""
    return Suppression.objects.filter(email_key=email_addresses.key(email)).exists()
