"""How many drains an edition can use: one for few letters, and for many as many as LETTER_WORKERS says."""

from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet

from digest.delivery import outbox
from digest.delivery.workers import identity, recovery
from digest.models import Delivery, Edition

# For fewer letters another drain is not worth the second in which it prepares the day.
SHARE = 500


def wanted(edition: Edition, now: datetime) -> int:
    """How many more should begin. One for letters that somebody lost, even if no other waits."""
    most = settings.LETTER_WORKERS
    waiting = outbox.ready(edition.id, now)[: SHARE * most].count()
    useful = min(-(-waiting // SHARE), most) or int(recovery.lost(edition.id, now).exists())
    return max(useful - _at_work(edition, now), 0)


def _at_work(edition: Edition, now: datetime) -> int:
    held: QuerySet[Delivery] = Delivery.objects.filter(
        edition=edition, state__in=(outbox.State.CLAIMED, outbox.State.SUBMITTING), lease_until__gt=now
    )
    names = held.order_by("worker").values_list("worker", flat=True).distinct()
    return sum(not identity.gone(name) for name in names)
