"""Classify a provider's report on a message: the kind of event, and whether a bounce is permanent."""

import re
from collections.abc import Mapping

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason

from digest.delivery.outcomes.classify import NO_SUCH_ADDRESS_CODE, UNKNOWN_USER_WORDS
from digest.delivery.providers.base import nested
from digest.delivery.providers.registry import find_provider
from digest.models import DeliveryEvent

Kind = DeliveryEvent.Kind

# Who opens what is nobody's business: such reports are not kept, even where the operator left them switched on.
TRACKING_EVENTS = (EventType.OPENED, EventType.CLICKED)
# In the provider's own name for what Anymail does not know, such as SparkPost's amp_click.
TRACKING_NAMES = re.compile(r"open|click", re.IGNORECASE)

EVENT_KINDS = {
    EventType.QUEUED: Kind.QUEUED,
    EventType.SENT: Kind.SENT,
    EventType.DELIVERED: Kind.DELIVERED,
    EventType.DEFERRED: Kind.DEFERRED,
    EventType.COMPLAINED: Kind.COMPLAINT,
    EventType.UNSUBSCRIBED: Kind.UNSUBSCRIBED,
}
# A provider that did not even try says what happened to earlier letters to this address.
REJECTION_KINDS = {
    RejectReason.INVALID: Kind.HARD_BOUNCE,
    RejectReason.BOUNCED: Kind.HARD_BOUNCE,
    RejectReason.SPAM: Kind.COMPLAINT,
    RejectReason.UNSUBSCRIBED: Kind.UNSUBSCRIBED,
}

# Full, too large, a policy, a bad link: such letters come back from addresses that are alive.
LIVE_ADDRESS_CODES = re.compile(r"\b(4\.\d{1,3}\.\d{1,3}|5\.2\.[234]|5\.[367]\.\d{1,3})\b")
PERMANENT_WORDS = re.compile(r"hard|permanent|invalid|bademail|suppressed sending", re.IGNORECASE)
TEMPORARY_WORDS = re.compile(r"soft|transient|undetermined|temporary|blocked", re.IGNORECASE)


def classify_event(event: AnymailTrackingEvent, esp_name: str) -> str:
    """Return one of `DeliveryEvent.Kind`, or an empty text for what we do not want to know.

    *esp_name* is Anymail's name of the provider that reports: its own words decide, and nobody else's.
    """
    if event.event_type in TRACKING_EVENTS or (
        event.event_type == EventType.UNKNOWN and TRACKING_NAMES.search(_provider_event_name(event))
    ):
        return ""
    if event.event_type == EventType.BOUNCED:
        return Kind.HARD_BOUNCE if _is_permanent(event, esp_name) else Kind.SOFT_BOUNCE
    if event.event_type == EventType.REJECTED:
        return REJECTION_KINDS.get(event.reject_reason, Kind.REJECTED)
    if event.event_type == EventType.FAILED:
        return Kind.HARD_BOUNCE if _names_unknown_address(event_text(event)) else Kind.FAILED
    return EVENT_KINDS.get(event.event_type, Kind.OTHER)


def event_text(event: AnymailTrackingEvent) -> str:
    return str(event.mta_response or event.description or "")


def _provider_event_name(event: AnymailTrackingEvent) -> str:
    raw = event.esp_event if isinstance(event.esp_event, Mapping) else {}
    inside = [inner.get("type") for inner in nested(raw, "msys").values() if isinstance(inner, Mapping)]
    return " ".join(str(name) for name in (raw.get("event"), raw.get("type"), raw.get("RecordType"), *inside))


def _is_permanent(event: AnymailTrackingEvent, esp_name: str) -> bool:
    """Return whether a bounce is permanent, by the mail server's words first, then by the provider's.

    In doubt it is not: a dead address bounces again.
    """
    words = event_text(event)
    if _names_unknown_address(words):
        return True
    if LIVE_ADDRESS_CODES.search(words):
        return False
    provider = find_provider(esp_name)
    if provider is None or not isinstance(event.esp_event, Mapping):
        return False
    if (permanent := provider.is_permanent(event.esp_event)) is not None:
        return permanent
    found = " ".join(word for word in provider.find_bounce_words(event.esp_event) if isinstance(word, str))
    return bool(PERMANENT_WORDS.search(found)) and not TEMPORARY_WORDS.search(found)


def _names_unknown_address(words: str) -> bool:
    return bool(NO_SUCH_ADDRESS_CODE.search(words) or UNKNOWN_USER_WORDS.search(words))
