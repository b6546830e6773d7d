"""Asks people who were imported without a confirmation to confirm: once each, and slowly.

Their addresses were never tried from here. Many letters at once to addresses that may be wrong would cost the trust of
mail servers.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from subscriptions.email import messages
from subscriptions.email.messages import LetterRefused, MailUnavailable
from subscriptions.models import Subscriber, Suppression

MAX_ASKED_PER_HOUR = 100
HOUR = timedelta(hours=1)


def ask_imported(now: datetime | None = None) -> int:
    """Ask imported people who wait for it, as many as may be asked in this hour. Return how many letters went out.

    Whoever signed up here was written to at once, so only the imported have no time of a letter. Raises
    MailUnavailable; the one who was not reached is asked by a later call.
    """
    now = now or timezone.now()
    waiting = Subscriber.objects.filter(status=Subscriber.Status.PENDING, mailed_at=None)
    waiting = waiting.exclude(email_key__in=Suppression.objects.values("email_key"))
    if not waiting.exists():
        return 0
    asked = Subscriber.objects.filter(status=Subscriber.Status.PENDING, mailed_at__gt=now - HOUR).count()
    sent = 0
    for subscriber in waiting.order_by("id")[: max(0, MAX_ASKED_PER_HOUR - asked)]:
        row = Subscriber.objects.filter(id=subscriber.id, status=Subscriber.Status.PENDING)
        if not row.filter(mailed_at=None).update(mailed_at=now):
            continue  # another process asks them
        try:
            messages.send_confirmation(subscriber)
            sent += 1
        except LetterRefused:
            continue
        except MailUnavailable:
            row.update(mailed_at=None)
            raise
    return sent
