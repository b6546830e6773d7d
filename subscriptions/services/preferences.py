"""Changes that subscribers make on their own page: preferences, pause, coming back."""

from datetime import date, datetime

from django.utils import timezone

from subscriptions.models import Subscriber
from subscriptions.preference_defaults import Preferences
from subscriptions.services.subscriber_rows import update_columns


def change_preferences(subscriber: Subscriber, preferences: Preferences) -> None:
    """Store what a subscriber chose."""
    update_columns(subscriber, **preferences.columns(), changed_at=timezone.now())


def pause(subscriber: Subscriber, until: date) -> None:
    """Send no letters before *until*."""
    update_columns(subscriber, paused_until=until)


def resume(subscriber: Subscriber, *, now: datetime | None = None) -> None:
    """End a pause, and bring back somebody who left: they ask for it on their own page."""
    now = now or timezone.now()
    columns: dict[str, object] = {"paused_until": None}
    if subscriber.status == Subscriber.Status.UNSUBSCRIBED:
        columns |= {"status": Subscriber.Status.ACTIVE, "unsubscribed_at": None}
        columns |= {"consent_at": now, "confirmed_at": now}
    update_columns(subscriber, **columns)
