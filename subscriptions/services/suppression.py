"""Suppressions: addresses that must never be written to again."""

from django.utils import timezone

from subscriptions import email_addresses
from subscriptions.models import Subscriber, Suppression
from subscriptions.services.subscriber_rows import mark_unsubscribed


def suppress(email: str, reason: str, detail: str = "") -> None:
    """Write no letter to *email* again, but the deletion link they ask for.

    A complaint (`reason="complaint"`) also ends the subscription.
    """
    key = email_addresses.key(email)
    Suppression.objects.get_or_create(email_key=key, defaults={"reason": reason[:40], "detail": detail[:300]})
    if reason == "complaint":
        mark_unsubscribed(Subscriber.objects.filter(email_key=key), timezone.now())


def is_suppressed(email: str) -> bool:
    """Return whether *email* must not be written to."""
    return Suppression.objects.filter(email_key=email_addresses.key(email)).exists()
