"""Writes to the rows of subscribers that several services share."""

from datetime import datetime

from django.db.models import QuerySet

from subscriptions import email_addresses
from subscriptions.address_hashes import hash_address
from subscriptions.models import Subscriber


def update_columns(subscriber: Subscriber, **columns: object) -> None:
    """Write these columns only: another process may be writing others."""
    for name, value in columns.items():
        setattr(subscriber, name, value)
    Subscriber.objects.filter(id=subscriber.id).update(**columns)


def address_columns(email: str) -> dict[str, object]:
    """Return the columns of a row that hold its address and what is made of it."""
    return {"email": email, "email_key": email_addresses.key(email), "address_hash": hash_address(email)}


def mark_unsubscribed(subscribers: QuerySet[Subscriber], now: datetime) -> int:
    """Mark everyone in *subscribers* who has not left yet as unsubscribed at *now*, and return how many."""
    active = subscribers.exclude(status=Subscriber.Status.UNSUBSCRIBED)
    return active.update(status=Subscriber.Status.UNSUBSCRIBED, unsubscribed_at=now)
