"""Changes that subscribers make on their own pages: preferences, pause, coming back.

What the link of a letter may change has functions of its own: it may be in a stranger's hands, so it never brings more
letters or longer ones than the reader asked for.
"""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from subscriptions.models import Subscriber
from subscriptions.preference_defaults import Preferences
from subscriptions.services import former_interests
from subscriptions.services.subscriber_rows import update_columns


def change_preferences(subscriber: Subscriber, preferences: Preferences) -> None:
    """Store what a subscriber chose."""
    now, columns = timezone.now(), preferences.columns()
    with transaction.atomic():
        former_interests.keep(subscriber, columns, now)
        update_columns(subscriber, **columns, changed_at=now)


def reduce_letters(subscriber: Subscriber, *, days: int, hour: int, papers: int) -> None:
    """Store days, hour and number of papers. There are never more days or papers than before, whatever is asked."""
    if days.bit_count() > subscriber.days.bit_count():
        days = subscriber.days
    papers = min(papers, subscriber.papers)
    minimum = min(papers, subscriber.minimum)
    update_columns(subscriber, days=days, hour=hour, papers=papers, minimum=minimum, changed_at=timezone.now())


def pause(subscriber: Subscriber, until: date) -> None:
    """Send no letters before *until*."""
    update_columns(subscriber, paused_until=until)


def extend_pause(subscriber: Subscriber, until: date) -> None:
    """Send no letters before *until*. A longer pause stays as it is."""
    shorter = Q(paused_until=None) | Q(paused_until__lt=until)
    Subscriber.objects.filter(shorter, id=subscriber.id).update(paused_until=until)
    subscriber.refresh_from_db(fields=["paused_until"])


def resume(subscriber: Subscriber, *, now: datetime | None = None) -> None:
    """End a pause, and bring back somebody who left: they ask for it on their own page.

    The day on which a pause ended is kept: the next letter covers the days before it.
    """
    now = now or timezone.now()
    ended = min(subscriber.paused_until, now.date()) if subscriber.paused_until else None
    columns: dict[str, object] = {"paused_until": ended}
    if subscriber.status == Subscriber.Status.UNSUBSCRIBED:
        columns = {"status": Subscriber.Status.ACTIVE, "unsubscribed_at": None, "paused_until": None}
        columns |= {"consent_at": now, "confirmed_at": now}
    update_columns(subscriber, **columns)
