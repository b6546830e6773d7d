"""Whether a bounce is for good: an address is given up only where somebody says that it is dead."""

from typing import Any

import pytest
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason

from digest.delivery.webhooks.classification import classify_event, event_text


def told(event_type: str = EventType.BOUNCED, raw: object = None, **more: Any) -> AnymailTrackingEvent:
    return AnymailTrackingEvent(event_type=event_type, esp_event=raw, **more)


@pytest.mark.parametrize(
    "raw",
    [
        {"event": "hard_bounce"},
        {"event": "invalid_email"},
        {"status": "hard_bounced"},
        {"Type": "HardBounce"},
        {"bounce": {"bounceType": "Permanent"}},
        {"data": {"type": "hard_bounced"}},
        {"data": {"bounce": {"type": "Permanent"}}},
        {"data": {"bounce": {"message": "Resend has suppressed sending to this address because …"}}},
        {"event-data": {"severity": "permanent"}},
        {"event": "bounce", "hard_bounce": True},
        {"msys": {"message_event": {"bounce_class": "10"}}},
    ],
)
def test_what_each_provider_calls_a_hard_bounce_is_one(raw: dict[str, object]) -> None:
    assert classify_event(told(raw=raw)) == "hard_bounce"
    assert classify_event(told(raw=raw, mta_response="550 5.2.2 the mailbox is full")) == "soft_bounce"
    assert classify_event(told(raw=raw, mta_response="550 5.7.1 we do not like your server")) == "soft_bounce"


@pytest.mark.parametrize(
    "raw",
    [
        None,
        {},
        [],
        {"event": "soft_bounce"},
        {"Type": "SoftBounce"},
        {"bounce": {"bounceType": "Transient"}},
        {"bounce": "Permanent"},
        {"data": {"type": "soft_bounced"}},
        {"event": "bounce", "hard_bounce": False},
        {"event": "bounce", "type": "blocked"},
        {"msys": {"message_event": {"bounce_class": "22"}}},
        {"msys": ["message_event"]},
        {"data": {"bounce": {"type": "Undetermined", "message": "The address may be invalid."}}},
    ],
)
def test_in_doubt_the_address_is_kept(raw: object) -> None:
    assert classify_event(told(raw=raw)) == "soft_bounce"
    assert classify_event(told(raw=raw, mta_response="550 5.1.1 no such user here")) == "hard_bounce"


@pytest.mark.parametrize(
    ("reason", "wanted"),
    [
        (RejectReason.INVALID, "hard_bounce"),
        (RejectReason.BOUNCED, "hard_bounce"),
        (RejectReason.SPAM, "complaint"),
        (RejectReason.UNSUBSCRIBED, "unsubscribed"),
        (RejectReason.BLOCKED, "rejected"),
        (None, "rejected"),
    ],
)
def test_a_provider_that_did_not_try_says_why(reason: str | None, wanted: str) -> None:
    assert classify_event(told(EventType.REJECTED, reject_reason=reason)) == wanted


def test_a_spam_verdict_of_a_server_is_no_complaint() -> None:
    raw = {"msys": {"message_event": {"bounce_class": "51"}}}
    assert classify_event(told(raw=raw, reject_reason=RejectReason.SPAM)) == "soft_bounce"


def test_a_failure_is_the_address_only_where_the_server_says_so() -> None:
    assert classify_event(told(EventType.FAILED, description="bad template")) == "failed"
    assert classify_event(told(EventType.FAILED, mta_response="550 5.1.1 unknown user")) == "hard_bounce"
    assert classify_event(told(EventType.FAILED, description="550 5.1.1 unknown user")) == "hard_bounce"


def test_the_mail_server_s_words_stand_before_the_provider_s() -> None:
    assert event_text(told(mta_response="452 full", description="Bounced")) == "452 full"
    assert event_text(told()) == ""


@pytest.mark.parametrize("event_type", [EventType.OPENED, EventType.CLICKED])
def test_nobody_wants_to_know_who_reads(event_type: str) -> None:
    assert classify_event(told(event_type)) == ""


@pytest.mark.parametrize("name", ["initial_open", "amp_open", "amp_click"])
def test_nor_under_a_name_that_anymail_does_not_know(name: str) -> None:
    assert classify_event(told(EventType.UNKNOWN, {"msys": {"track_event": {"type": name}}})) == ""
    assert classify_event(told(EventType.UNKNOWN, {"event": name})) == ""


def test_an_event_that_anymail_knows_is_kept_under_any_name() -> None:
    assert classify_event(told(EventType.DELIVERED, {"event": "delivered", "type": "click_tracked"})) == "delivered"


@pytest.mark.parametrize(
    "raw",
    [None, [], {}, {"msys": ["x"]}, {"msys": {"track_event": "x"}}, {"msys": {"message_event": {"type": "invented"}}}],
)
def test_what_nobody_knows_is_something_else(raw: object) -> None:
    assert classify_event(told(EventType.UNKNOWN, raw)) == "other"


def test_what_we_do_not_know_is_something_else() -> None:
    assert classify_event(told("invented tomorrow")) == "other"
