"""Writes to the rows of subscribers that several services share."""

from datetime import datetime

from django.db.models import QuerySet

from subscriptions.models import Subscriber


def update_columns(subscriber: Subscriber, **columns: object) -> None:
    """Write these columns only: another process may be writing others."""
    for name, value in columns.items():
        setattr(subscriber, name, value)
    Subscriber.objects.filter(id=subscriber.id).update(**columns)


def mark_unsubscribed(subscribers: QuerySet[Subscriber], now: datetime) -> int:
    """Mark everyone in *subscribers* who has not left yet as unsubscribed at *now*, and return how many."""
    active = subscribers.exclude(status=Subscriber.Status.UNSUBSCRIBED)
    return active.update(status=Subscriber.Status.UNSUBSCRIBED, unsubscribed_at=now)
