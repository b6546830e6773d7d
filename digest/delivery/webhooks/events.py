"""Providers' reports on letters that they took: each is kept once and acted upon.

A provider sends the same event again until it gets an answer, and sometimes after that. Its key is the same each
time, so that it has no effect twice. Nothing here fails because of what an event says: it would only come again.
"""

import hmac
import json
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from anymail.signals import AnymailTrackingEvent
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Max, Min, QuerySet
from django.utils import timezone

from digest.delivery.outcomes import unreachable, worn_out
from digest.delivery.outcomes.classify import clean_reason
from digest.delivery.webhooks import event_kinds
from digest.delivery.workers.shutdown import ShouldStop, never_stop
from digest.domain import ProgressCallback, no_progress
from digest.letters.message_id import make_message_id, parse_delivery_id
from digest.models import Delivery, DeliveryEvent, Edition
from subscriptions.address_hashes import hash_text
from subscriptions.services import suppression, unsubscribe
from subscriptions.services.suppression import SuppressionReason

EventKind = DeliveryEvent.Kind
MAX_ADDRESS_LENGTH = 254
ROWS_PER_DELETE = 5000
EARLIEST_PLAUSIBLE_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def receive_event(*, event: AnymailTrackingEvent, esp_name: str, **_signal: object) -> None:
    """Receive `anymail.signals.tracking`. The row and what follows from it are one short transaction."""
    classified = event_kinds.classify_event(event, esp_name)
    if not classified.kind:
        return
    with transaction.atomic():
        row, new = DeliveryEvent.objects.get_or_create(
            key=_event_key(event, esp_name), defaults=_event_columns(event, esp_name, classified)
        )
        if new:
            _attach_early_events(row)
            _apply_event(row, _clean_address(event.recipient))


def count_events(edition: Edition) -> dict[str, int]:
    """Return how often each kind of event was reported of the edition's letters."""
    return dict(find_events([edition]).values_list("kind").annotate(number=Count("pk")))


def find_events(editions: Collection[Edition]) -> QuerySet[DeliveryEvent]:
    """Return the events of the letters of *editions*, without an order. It takes a query.

    Their letters' ids lie near each other. Without such bounds PostgreSQL reads the events of all editions.
    """
    # Counted too, as it looks through the ids of all letters for a first and a last one alone.
    letters = Delivery.objects.filter(edition__in=[edition.pk for edition in editions])
    bounds = letters.aggregate(first=Min("pk"), last=Max("pk"), number=Count("pk"))
    of_letters = DeliveryEvent.objects.filter(delivery__edition__in=[edition.pk for edition in editions]).order_by()
    if not bounds["number"]:
        return of_letters.none()
    return of_letters.filter(delivery_id__gte=bounds["first"], delivery_id__lte=bounds["last"])


def _event_columns(event: AnymailTrackingEvent, provider: str, classified: event_kinds.EventClass) -> dict[str, Any]:
    number = _printable(event.message_id)[:300]
    return {
        "delivery_id": _find_delivery(number),
        "kind": classified.kind,
        "fault": str(classified.fault or ""),
        "at": _event_time(event.timestamp),
        "provider": provider[:40],
        "event_id": _printable(event.event_id)[:200],
        "message_id": number,
        "reason": clean_reason(event_kinds.event_text(event), _clean_address(event.recipient)),
    }


def _find_delivery(number: str) -> int | None:
    """Return the delivery with the provider's id of the letter or our Message-ID, with or without its brackets."""
    bare = number.strip("<>")
    if not bare:
        return None
    rows = Delivery.objects.filter(provider_id__in={bare, f"<{bare}>"}).exclude(provider_id="")
    if found := rows.order_by("-id").values_list("id", flat=True).first():
        return found
    row = Delivery.objects.filter(id=parse_delivery_id(bare) or 0).values_list("id", "created_at").first()
    return row[0] if row and hmac.compare_digest(make_message_id(*row).encode(), f"<{bare}>".encode()) else None


def _attach_early_events(row: DeliveryEvent) -> None:
    """Attach reports that came before we had written down the letter's id."""
    if row.delivery_id and row.message_id:
        early = DeliveryEvent.objects.filter(delivery=None, message_id=row.message_id, provider=row.provider)
        early.update(delivery=row.delivery_id)


def count_expired(now: datetime) -> int:
    """Return how many events are older than KEEP_EVENTS_DAYS."""
    return DeliveryEvent.objects.filter(created_at__lt=_oldest_kept(now)).count()


def delete_expired(now: datetime, should_stop: ShouldStop = never_stop, tick: ProgressCallback = no_progress) -> int:
    """Delete events older than KEEP_EVENTS_DAYS, oldest first and some at a time. Return how many."""
    deleted = 0
    while not should_stop() and (old := _oldest_events(_oldest_kept(now))):
        deleted += DeliveryEvent.objects.filter(id__in=old).delete()[0]
        tick(deleted, None)
    return deleted


def _oldest_kept(now: datetime) -> datetime:
    return now - timedelta(days=settings.KEEP_EVENTS_DAYS)


def _oldest_events(before: datetime) -> list[int]:
    """Return ids in order of id, which grows with time: the table has no other order that is quick to find."""
    rows = DeliveryEvent.objects.order_by("id").values_list("id", "created_at")[:ROWS_PER_DELETE]
    return [key for key, created_at in rows if created_at < before]


def _apply_event(row: DeliveryEvent, address: str) -> None:
    """Do what follows from a new event."""
    if not address:
        return

    def suppress(reason: SuppressionReason) -> None:
        run = unreachable.latest_run(Edition.objects.filter(deliveries=row.delivery_id)) if row.delivery_id else None
        suppression.suppress(address, reason, run)

    match row.kind:
        case EventKind.HARD_BOUNCE:
            suppress(SuppressionReason.HARD_BOUNCE)
        case EventKind.COMPLAINT:
            suppress(SuppressionReason.COMPLAINT)
        case EventKind.SUPPRESSED:
            suppress(SuppressionReason.PROVIDER_LIST)
        case EventKind.REACTIVATED:
            suppression.lift(address)
        case EventKind.UNSUBSCRIBED:
            unsubscribe.unsubscribe_address(address)
        case EventKind.SOFT_BOUNCE | EventKind.REFUSED if row.delivery and row.delivery.subscriber_id:
            if worn_out.find_worn_out([row.delivery.subscriber_id], timezone.now()):
                suppress(SuppressionReason.WORN_OUT)


def _event_key(event: AnymailTrackingEvent, provider: str) -> str:
    """Return a key made of the provider's id of the event, or of all that it says.

    The recipient is part of it: one id may stand for several people. It is keyed, so that nobody finds the recipient
    by trying addresses.
    """
    same = [event.event_id or event.esp_event, event.event_type, event.message_id, event.recipient]
    text = json.dumps([provider, *same], sort_keys=True, default=str)
    return hash_text(text)


def _clean_address(recipient: object) -> str:
    """Return the address; empty for what cannot be anybody's."""
    address = _printable(recipient)
    return address if "@" in address and len(address) <= MAX_ADDRESS_LENGTH else ""


def _printable(value: object) -> str:
    """Return a value as text that is fit for any database."""
    return "".join(character for character in str(value or "") if character.isprintable()).strip()


def _event_time(timestamp: object) -> datetime:
    """Return the time of an event: now where the provider gives none, or an impossible one."""
    now = timezone.now()
    if not isinstance(timestamp, datetime):
        return now
    aware = (
        timestamp if timezone.is_aware(timestamp) else timezone.make_aware(timestamp, timezone.get_default_timezone())
    )
    return aware if EARLIEST_PLAUSIBLE_TIME < aware < now else now
