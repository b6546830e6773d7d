"""Reminds, once, those who signed up and have not confirmed."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists
from django.utils import timezone

from subscriptions.account_requests import outbox
from subscriptions.models import Errand, Subscriber
from subscriptions.selectors import find_suppressions

REMIND_AFTER = timedelta(hours=24)
REMIND_UNTIL = timedelta(days=6)
MAX_REMINDERS_PER_RUN = 1000


def request_reminders(now: datetime | None = None) -> int:
    """Request, once, a reminder for those who signed up a day ago and have not confirmed. Return for how many.

    The letters are account requests, which the drain sends.
    """
    now = now or timezone.now()
    unconfirmed = Subscriber.objects.filter(
        status=Subscriber.Status.PENDING,
        reminded_at=None,
        mailed_at__lte=now - REMIND_AFTER,
        mailed_at__gt=now - REMIND_UNTIL,
    ).filter(~Exists(find_suppressions("address_hash")))
    with transaction.atomic():
        # Another process waits here, and then finds them reminded.
        rows = unconfirmed.select_for_update().order_by("id")
        chosen = list(rows.values_list("id", flat=True)[:MAX_REMINDERS_PER_RUN])
        outbox.add_letters(Errand.Kind.REMINDER, chosen, now)
        return Subscriber.objects.filter(id__in=chosen).update(reminded_at=now)
