"""Unsubscribing by the link in a letter, taking it back, and choosing something milder instead."""

from datetime import datetime, timedelta
from typing import Literal

from django.utils import timezone

from subscriptions import email_addresses
from subscriptions.links.lookup import find_subscriber_to_unsubscribe
from subscriptions.links.tokens import BadToken, ExpiredToken
from subscriptions.models import Subscriber
from subscriptions.preference_defaults import MONDAY
from subscriptions.services.subscriber_rows import mark_unsubscribed, update_columns

# What somebody may choose instead of unsubscribing.
Alternative = Literal["undo", "weekly", "fewer", "pause"]

UNDO_PERIOD = timedelta(days=30)
PAUSE_LENGTH = timedelta(days=28)
FEWER_PAPERS = 5


def unsubscribe(token: str, *, now: datetime | None = None) -> Subscriber | None:
    """Send no letter any more, from this moment on. Return the subscriber, or None if they were deleted already.

    Raises BadToken.
    """
    subscriber = find_subscriber_to_unsubscribe(token)
    if subscriber is not None and subscriber.status != Subscriber.Status.UNSUBSCRIBED:
        mark_unsubscribed(Subscriber.objects.filter(id=subscriber.id), now or timezone.now())
        subscriber.refresh_from_db()
    return subscriber


def unsubscribe_address(email: str) -> None:
    """End the subscription of *email*, because a mail provider reports it. An unknown address is no error."""
    mark_unsubscribed(Subscriber.objects.filter(email_key=email_addresses.key(email)), timezone.now())


def choose_alternative(token: str, alternative: Alternative, *, now: datetime | None = None) -> Subscriber:
    """Take an unsubscription back, or choose something milder, and return the subscriber. Raises BadToken.

    The link may be in a stranger's hands with a forwarded letter. It never brings more letters than the person once
    asked for, and it can restore their subscription for UNDO_PERIOD only.
    """
    now = now or timezone.now()
    subscriber = find_subscriber_to_unsubscribe(token)
    if subscriber is None or subscriber.consent_at is None:
        raise BadToken("there is nothing to come back to")
    if subscriber.unsubscribed_at and now - subscriber.unsubscribed_at > UNDO_PERIOD:
        raise ExpiredToken("they left too long ago")
    columns: dict[str, object] = {"status": Subscriber.Status.ACTIVE, "unsubscribed_at": None, "changed_at": now}
    match alternative:
        case "weekly":
            columns["days"] = MONDAY
        case "fewer":
            columns["papers"] = min(FEWER_PAPERS, subscriber.papers)
            columns["minimum"] = min(FEWER_PAPERS, subscriber.minimum)
        case "pause":
            end = (now + PAUSE_LENGTH).date()
            columns["paused_until"] = max(end, subscriber.paused_until or end)
        case "undo":
            pass
    update_columns(subscriber, **columns)
    return subscriber
