"""Reminds, once, those who signed up and have not confirmed."""

from datetime import datetime, timedelta

from django.utils import timezone

from subscriptions.account_requests import queue
from subscriptions.email import messages
from subscriptions.email.messages import LetterPutOff, LetterRefused, MailUnavailable
from subscriptions.models import Subscriber, Suppression
from subscriptions.services import pending_preferences

REMIND_AFTER = timedelta(hours=24)
REMIND_UNTIL = timedelta(days=6)
MAX_REMINDERS_PER_RUN = 1000


def send_reminders(now: datetime | None = None) -> int:
    """Remind, once, those who signed up a day ago and have not confirmed. Return how many letters went out.

    Whoever was not reached for a reason of ours is reminded by a later call. Raises MailUnavailable where nobody can be
    reached. A reminder that a recipient's server refuses joins the account requests, which try it a few times.
    """
    now = now or timezone.now()
    unconfirmed = Subscriber.objects.filter(
        status=Subscriber.Status.PENDING,
        reminded_at=None,
        mailed_at__lte=now - REMIND_AFTER,
        mailed_at__gt=now - REMIND_UNTIL,
    ).exclude(email_key__in=Suppression.objects.values("email_key"))
    sent = 0
    for subscriber in unconfirmed.order_by("id")[:MAX_REMINDERS_PER_RUN]:
        row = Subscriber.objects.filter(id=subscriber.id, status=Subscriber.Status.PENDING)
        if not row.filter(reminded_at=None).update(reminded_at=now):
            continue  # another process reminds them
        try:
            messages.send_confirmation(pending_preferences.apply_newest(subscriber), reminder=True)
            sent += 1
        except LetterRefused:
            continue
        except LetterPutOff:
            queue.add_refused_reminder(subscriber, now)
        except MailUnavailable as error:
            row.update(reminded_at=None)
            if error.concerns_everybody:
                raise
    return sent
