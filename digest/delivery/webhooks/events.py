"""What providers tell of letters after they took them: kept once each, and acted upon.

A provider tells the same event again until it gets an answer, and sometimes after that. Its key is the same each
time, so that it has no effect twice. Nothing here fails because of what an event says: it would only come again.
"""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from anymail.signals import AnymailTrackingEvent
from django.conf import settings
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from digest.delivery.message import delivery_of, message_id
from digest.delivery.outcomes.classify import one_line
from digest.delivery.webhooks import classification, soft_bounces
from digest.models import Delivery, DeliveryEvent, Edition
from subscriptions.services import suppression, unsubscribe

Kind = DeliveryEvent.Kind
LONGEST_ADDRESS = 254
AT_ONCE = 5000
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


def receive(*, event: AnymailTrackingEvent, esp_name: str, **_signal: object) -> None:
    """Receives `anymail.signals.tracking`. The row and what follows from it are one short transaction."""
    kind = classification.kind(event)
    if not kind:
        return
    with transaction.atomic():
        row, new = DeliveryEvent.objects.get_or_create(
            key=_key(event, esp_name), defaults=_columns(event, esp_name, kind)
        )
        if new:
            _take_along(row)
            _act(row, _address(event.recipient))


def tally(edition: Edition) -> dict[str, int]:
    """How often each kind of event was told of the edition's letters."""
    rows = DeliveryEvent.objects.filter(delivery__edition=edition).order_by()
    return dict(rows.values_list("kind").annotate(number=Count("pk")))


def _columns(event: AnymailTrackingEvent, provider: str, kind: str) -> dict[str, Any]:
    number = _clean(event.message_id)[:300]
    return {
        "delivery_id": _delivery(number),
        "kind": kind,
        "at": _time(event.timestamp),
        "provider": provider[:40],
        "event_id": _clean(event.event_id)[:200],
        "message_id": number,
        "reason": one_line(classification.said(event)),
    }


def _delivery(number: str) -> int | None:
    """By the provider's number for the letter, or by our Message-ID, given back with or without its brackets."""
    bare = number.strip("<>")
    if not bare:
        return None
    rows = Delivery.objects.filter(provider_id__in={bare, f"<{bare}>"}).exclude(provider_id="")
    return rows.order_by("-id").values_list("id", flat=True).first() or _by_our_own(bare)


def _by_our_own(bare: str) -> int | None:
    row = Delivery.objects.filter(id=delivery_of(bare) or 0).values_list("id", "created_at").first()
    return row[0] if row and hmac.compare_digest(message_id(*row).encode(), f"<{bare}>".encode()) else None


def _take_along(row: DeliveryEvent) -> None:
    """The first report may be here before we have written down the letter's number: the next one finds it."""
    if row.delivery_id and row.message_id:
        early = DeliveryEvent.objects.filter(delivery=None, message_id=row.message_id, provider=row.provider)
        early.update(delivery=row.delivery_id)


def forget(now: datetime) -> int:
    """Deletes events older than EVENTS_KEPT, oldest first. Gives how many."""
    deleted = 0
    while old := _oldest(now - settings.EVENTS_KEPT):
        deleted += DeliveryEvent.objects.filter(id__in=old).delete()[0]
    return deleted


def _oldest(before: datetime) -> list[int]:
    """By id, which grows with time: the table has no other order that is quick to find."""
    rows = DeliveryEvent.objects.order_by("id").values_list("id", "created_at")[:AT_ONCE]
    return [key for key, created_at in rows if created_at < before]


def _act(row: DeliveryEvent, address: str) -> None:
    if not address:
        return
    if row.kind == Kind.HARD_BOUNCE:
        suppression.suppress(address, reason="hard_bounce", detail=row.reason)
    elif row.kind == Kind.COMPLAINT:
        suppression.suppress(address, reason="complaint", detail=row.reason)
    elif row.kind == Kind.UNSUBSCRIBED:
        unsubscribe.unsubscribe_address(address)
    elif row.kind == Kind.SOFT_BOUNCE and soft_bounces.is_worn_out(row.delivery_id, timezone.now()):
        suppression.suppress(address, reason=soft_bounces.REASON, detail=row.reason)


def _key(event: AnymailTrackingEvent, provider: str) -> str:
    """By the provider's number of the event, else by all that it says. One number may stand for several people."""
    same = [event.event_id or event.esp_event, event.event_type, event.message_id, event.recipient]
    text = json.dumps([provider, *same], sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _address(recipient: object) -> str:
    """Empty for what cannot be anybody's address."""
    address = _clean(recipient)
    return address if "@" in address and len(address) <= LONGEST_ADDRESS else ""


def _clean(value: object) -> str:
    """Fit for any database."""
    return "".join(sign for sign in str(value or "") if sign.isprintable()).strip()


def _time(told: object) -> datetime:
    """Now where the provider says none, or one that cannot be."""
    now = timezone.now()
    if not isinstance(told, datetime):
        return now
    aware = told if timezone.is_aware(told) else timezone.make_aware(told, timezone.get_default_timezone())
    return aware if EARLIEST < aware < now else now
