"""Asks people who were imported without a confirmation to confirm: once each, and slowly.

Their addresses were never tried from here. Many letters at once to addresses that may be wrong would cost the trust of
mail servers.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F
from django.utils import timezone

from subscriptions.account_requests import outbox
from subscriptions.account_requests.outbox import LETTERS_WITH_LINK
from subscriptions.email.outage import find_outage
from subscriptions.models import Errand, Subscriber
from subscriptions.selectors import find_suppressions

MAX_ASKED_PER_HOUR = 100
HOUR = timedelta(hours=1)


def ask_imported(now: datetime | None = None) -> int:
    """Queue the confirmations of imported people who wait for theirs, as many as may be asked in this hour.

    Return for how many. The letters are account requests, which the drain sends. While no letter leaves, nobody is
    asked: they would all go out at once when that is over.
    """
    now = now or timezone.now()
    # Whoever signed up here was asked when their row was made.
    unasked = Subscriber.objects.filter(status=Subscriber.Status.PENDING, asked_at=None, mailed_at=None)
    unasked = unasked.filter(~Exists(find_suppressions("address_hash")))
    # Whoever signed up meanwhile has a letter that waits.
    unasked = unasked.exclude(id__in=Errand.objects.filter(kind__in=LETTERS_WITH_LINK).values("subscriber"))
    if not unasked.exists() or find_outage(now) is not None:
        return 0
    asked_lately = Subscriber.objects.filter(asked_at__gt=now - HOUR).exclude(asked_at=F("created_at"))
    with transaction.atomic():
        # Another process waits here, and then finds them asked, and counts them.
        rows = unasked.select_for_update(of=("self",)).order_by("id")
        chosen = list(rows.values_list("id", flat=True)[:MAX_ASKED_PER_HOUR])
        chosen = chosen[: max(0, MAX_ASKED_PER_HOUR - asked_lately.count())]
        outbox.add_letters(Errand.Kind.CONFIRMATION, chosen, now)
        return Subscriber.objects.filter(id__in=chosen, asked_at=None).update(asked_at=now)
