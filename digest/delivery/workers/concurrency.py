"""The number of drains for an edition: one for few letters, and for many as many as LETTER_WORKERS says."""

from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet

from digest.delivery import outbox
from digest.delivery.workers import identity, recovery
from digest.models import Delivery, Edition

# For fewer letters another drain is not worth the second in which it prepares the day.
LETTERS_PER_WORKER = 500


def workers_needed(edition: Edition, now: datetime) -> int:
    """Return how many more workers should begin; one for orphaned letters, even if no other waits."""
    max_workers = settings.LETTER_WORKERS
    waiting = outbox.ready_deliveries(edition.id, now)[: LETTERS_PER_WORKER * max_workers].count()
    useful = min(-(-waiting // LETTERS_PER_WORKER), max_workers) or int(
        recovery.orphaned_deliveries(edition.id, now).exists()
    )
    return max(useful - _working(edition, now), 0)


def _working(edition: Edition, now: datetime) -> int:
    held: QuerySet[Delivery] = Delivery.objects.filter(
        edition=edition, state__in=(outbox.State.CLAIMED, outbox.State.SUBMITTING), lease_until__gt=now
    )
    names = held.order_by("worker").values_list("worker", flat=True).distinct()
    return sum(not identity.is_gone(name) for name in names)
