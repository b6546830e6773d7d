"""Classify a provider's report on a letter: the kind of event, and what a bounce is about.

The provider's own class comes first. A bounce that it calls permanent is none where the mail server's words, which it
passes on, show that the answer passes or is about us.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason

from digest.delivery.providers.base import Verdict, nested
from digest.delivery.providers.registry import find_provider
from digest.models import DeliveryEvent
from subscriptions.email.mail_answers import ENHANCED_CODE, Answer, Fault, find_fault, passes

Kind = DeliveryEvent.Kind


class EventClass(NamedTuple):
    # Empty for what we do not want to know.
    kind: Kind | str
    # Of bounces.
    fault: Fault | None = None


# Who opens what is nobody's business: such reports are not kept, even where the operator left them switched on.
TRACKING_EVENTS = (EventType.OPENED, EventType.CLICKED)
# In the provider's own name for what Anymail does not know, such as SparkPost's amp_click.
TRACKING_NAMES = re.compile(r"open|click", re.IGNORECASE)

KIND_OF_VERDICT = {
    Verdict.SUPPRESSED: Kind.SUPPRESSED,
    Verdict.REACTIVATED: Kind.REACTIVATED,
    Verdict.COMPLAINT: Kind.COMPLAINT,
    Verdict.NO_COMPLAINT: Kind.OTHER,
    Verdict.UNSUBSCRIBED: Kind.UNSUBSCRIBED,
}
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
    RejectReason.BOUNCED: Kind.SUPPRESSED,
    RejectReason.SPAM: Kind.SUPPRESSED,
    RejectReason.UNSUBSCRIBED: Kind.UNSUBSCRIBED,
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
            return EventClass(Kind.DEFERRED)
        return _classify_bounce(event, verdict)
    if event.event_type == EventType.REJECTED:
        return EventClass(REJECTION_KINDS.get(event.reject_reason, Kind.REJECTED))
    if event.event_type == EventType.FAILED:
        is_gone = find_fault(_answer_of(event)) == Fault.GONE
        return EventClass(Kind.HARD_BOUNCE, Fault.GONE) if is_gone else EventClass(Kind.FAILED)
    return EventClass(EVENT_KINDS.get(event.event_type, Kind.OTHER))


def event_text(event: AnymailTrackingEvent) -> str:
    return str(event.mta_response or event.description or "")


def _classify_bounce(event: AnymailTrackingEvent, verdict: Verdict | None) -> EventClass:
    """Return what a bounce is. Without a verdict the mail server's words must show that the mailbox is gone."""
    answer = _answer_of(event)
    fault = find_fault(answer)
    if verdict == Verdict.TEMPORARY:
        return EventClass(Kind.SOFT_BOUNCE, Fault.RECIPIENT if fault == Fault.GONE else fault)
    has_code = answer.code or ENHANCED_CODE.search(answer.text)
    if (has_code and passes(answer)) or fault == Fault.RECIPIENT or fault.is_ours:
        return EventClass(Kind.SOFT_BOUNCE, fault)
    if verdict == Verdict.PERMANENT or fault == Fault.GONE:
        return EventClass(Kind.HARD_BOUNCE, Fault.GONE)
    return EventClass(Kind.REFUSED, fault)


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
