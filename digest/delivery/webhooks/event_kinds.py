"""Classify a provider's report on a letter: the kind of event, and what a bounce is about.

The provider's own class comes first. A bounce that it calls permanent is none where the mail server's words, which it
passes on, show that the answer passes or is about us.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason

from digest.delivery.providers.base import AddressVerdict, nested
from digest.delivery.providers.registry import find_provider
from digest.models import DeliveryEvent
from subscriptions.email.mail_answers import ENHANCED_CODE, Answer, Fault, find_fault, passes

EventKind = DeliveryEvent.Kind


class EventClass(NamedTuple):
    # Empty for what we do not want to know.
    kind: EventKind | str
    # Of bounces.
    fault: Fault | None = None


# Who opens what is nobody's business: such reports are not kept, even where the operator left them switched on.
TRACKING_EVENTS = (EventType.OPENED, EventType.CLICKED)
# In the provider's own name for what Anymail does not know, such as SparkPost's amp_click.
TRACKING_NAMES = re.compile(r"open|click", re.IGNORECASE)

KIND_OF_VERDICT = {
    AddressVerdict.SUPPRESSED: EventKind.SUPPRESSED,
    AddressVerdict.REACTIVATED: EventKind.REACTIVATED,
    AddressVerdict.COMPLAINT: EventKind.COMPLAINT,
    AddressVerdict.NO_COMPLAINT: EventKind.OTHER,
    AddressVerdict.UNSUBSCRIBED: EventKind.UNSUBSCRIBED,
}
EVENT_KINDS = {
    EventType.QUEUED: EventKind.QUEUED,
    EventType.SENT: EventKind.SENT,
    EventType.DELIVERED: EventKind.DELIVERED,
    EventType.DEFERRED: EventKind.DEFERRED,
    EventType.COMPLAINED: EventKind.COMPLAINT,
    EventType.UNSUBSCRIBED: EventKind.UNSUBSCRIBED,
}
# A provider that did not even try says what happened to earlier letters to this address.
REJECTION_KINDS = {
    RejectReason.INVALID: EventKind.HARD_BOUNCE,
    RejectReason.BOUNCED: EventKind.SUPPRESSED,
    RejectReason.SPAM: EventKind.SUPPRESSED,
    RejectReason.UNSUBSCRIBED: EventKind.UNSUBSCRIBED,
}
# Where the mail server's reply begins in what a provider passes on, such as "smtp; 550 5.1.1 user unknown".
REPLY_CODE = re.compile(r"(?:^|[\s;:])([245]\d\d)[ -]")


def classify_event(event: AnymailTrackingEvent, esp_name: str) -> EventClass:
    """Return the kind of an event, and what it is about. *esp_name* is Anymail's name of the provider that reports."""
    if event.event_type in TRACKING_EVENTS or (
        event.event_type == EventType.UNKNOWN and TRACKING_NAMES.search(_provider_event_name(event))
    ):
        return EventClass("")
    provider = find_provider(esp_name)
    verdict = provider.judge_report(event.esp_event) if provider and isinstance(event.esp_event, Mapping) else None
    if verdict is not None and (kind := KIND_OF_VERDICT.get(verdict)):
        return EventClass(kind)
    if verdict is not None or event.event_type == EventType.BOUNCED:
        if event.event_type == EventType.DEFERRED:  # the provider goes on trying
            return EventClass(EventKind.DEFERRED)
        return _classify_bounce(event, verdict)
    if event.event_type == EventType.REJECTED:
        return EventClass(REJECTION_KINDS.get(event.reject_reason, EventKind.REJECTED))
    if event.event_type == EventType.FAILED:
        is_gone = find_fault(_answer_of(event)) == Fault.GONE
        return EventClass(EventKind.HARD_BOUNCE, Fault.GONE) if is_gone else EventClass(EventKind.FAILED)
    return EventClass(EVENT_KINDS.get(event.event_type, EventKind.OTHER))


def event_text(event: AnymailTrackingEvent) -> str:
    return str(event.mta_response or event.description or "")


def _classify_bounce(event: AnymailTrackingEvent, verdict: AddressVerdict | None) -> EventClass:
    """Return what a bounce is. Without a verdict the mail server's words must show that the mailbox is gone."""
    answer = _answer_of(event)
    fault = find_fault(answer)
    if verdict == AddressVerdict.TEMPORARY:
        return EventClass(EventKind.SOFT_BOUNCE, Fault.RECIPIENT if fault == Fault.GONE else fault)
    has_code = answer.code or ENHANCED_CODE.search(answer.text)
    if (has_code and passes(answer)) or fault == Fault.RECIPIENT or fault.is_ours:
        return EventClass(EventKind.SOFT_BOUNCE, fault)
    if verdict == AddressVerdict.PERMANENT or fault == Fault.GONE:
        return EventClass(EventKind.HARD_BOUNCE, Fault.GONE)
    return EventClass(EventKind.REFUSED, fault)


def _answer_of(event: AnymailTrackingEvent) -> Answer:
    """Return the mail server's answer that the report passes on."""
    text = event_text(event)
    found = REPLY_CODE.search(text)
    return Answer(int(found[1]) if found else 0, text, None, str(event.recipient or ""))


def _provider_event_name(event: AnymailTrackingEvent) -> str:
    """Return all names that the provider itself gives the event. SparkPost has them one level below."""
    raw = event.esp_event if isinstance(event.esp_event, Mapping) else {}
    inside = [inner.get("type") for inner in nested(raw, "msys").values() if isinstance(inner, Mapping)]
    return " ".join(str(name) for name in (raw.get("event"), raw.get("type"), raw.get("RecordType"), *inside))
