"""An address is given up only where the server or the provider that reports says that it is dead."""

from typing import Any

import pytest
from anymail.signals import AnymailTrackingEvent, EventType, RejectReason

from digest.delivery.webhooks.event_kinds import classify_event, event_text


def told(event_type: str = EventType.BOUNCED, raw: object = None, **more: Any) -> AnymailTrackingEvent:
    return AnymailTrackingEvent(event_type=event_type, esp_event=raw, **more)


def kind_of(event: AnymailTrackingEvent, esp_name: str) -> str:
    return str(classify_event(event, esp_name).kind)


@pytest.mark.parametrize(
    ("provider", "raw"),
    [
        ("Brevo", {"event": "hard_bounce"}),
        ("Brevo", {"event": "invalid_email"}),
        ("SendinBlue", {"event": "hard_bounce"}),
        ("Mandrill", {"event": "hard_bounce"}),
        ("Unisender Go", {"status": "hard_bounced"}),
        ("Postmark", {"Type": "HardBounce"}),
        ("Amazon SES", {"bounce": {"bounceType": "Permanent"}}),
        ("MailerSend", {"data": {"type": "hard_bounced"}}),
        ("Resend", {"data": {"bounce": {"type": "Permanent"}}}),
        ("Mailgun", {"event-data": {"severity": "permanent"}}),
        ("Mailjet", {"event": "bounce", "hard_bounce": True}),
        ("SparkPost", {"msys": {"message_event": {"bounce_class": "10"}}}),
    ],
)
def test_what_each_provider_calls_a_hard_bounce_is_one(provider: str, raw: dict[str, object]) -> None:
    assert kind_of(told(raw=raw), provider) == "hard_bounce"
    assert kind_of(told(raw=raw, mta_response="550 5.2.2 the mailbox is full"), provider) == "soft_bounce"
    refused = told(raw=raw, mta_response="550 5.7.1 we do not like your server")
    assert kind_of(refused, provider) == "soft_bounce"


@pytest.mark.parametrize(
    ("provider", "raw"),
    [
        ("Postmark", {"event": "bounce", "hard_bounce": True}),
        ("Mandrill", {"msys": {"message_event": {"bounce_class": "10"}}}),
        ("SendGrid", {"bounce": {"bounceType": "Permanent"}}),
        ("Postal", {"event": "hard_bounce"}),
    ],
)
def test_a_provider_is_not_judged_by_the_words_of_another(provider: str, raw: dict[str, object]) -> None:
    assert kind_of(told(raw=raw), provider) == "refused"


SAYS_NOTHING: list[tuple[str, object]] = [
    ("Brevo", None),
    ("Brevo", {}),
    ("Brevo", []),
    ("Amazon SES", {"bounce": "Permanent"}),
    ("Amazon SES", {"bounce": {"bounceType": "Undetermined", "bounceSubType": "Undetermined"}}),
    ("SparkPost", {"msys": {"message_event": {"bounce_class": "1"}}}),
    ("SparkPost", {"msys": ["message_event"]}),
    ("Resend", {"data": {"bounce": {"type": "Undetermined", "message": "The address may be invalid."}}}),
    ("invented tomorrow", {"event": "hard_bounce"}),
]
SAYS_SOFT: list[tuple[str, object]] = [
    ("Brevo", {"event": "soft_bounce"}),
    ("Postmark", {"Type": "SoftBounce"}),
    ("Amazon SES", {"bounce": {"bounceType": "Transient"}}),
    ("MailerSend", {"data": {"type": "soft_bounced"}}),
    ("Mailjet", {"event": "bounce", "hard_bounce": False}),
    ("SendGrid", {"event": "bounce", "type": "blocked"}),
    ("SparkPost", {"msys": {"message_event": {"bounce_class": "22"}}}),
    ("Mailgun", {"event-data": {"severity": "permanent", "delivery-status": {"code": 498}}}),
    ("Mailgun", {"event-data": {"severity": "permanent", "delivery-status": {"code": "451"}}}),
]


@pytest.mark.parametrize(("provider", "raw"), SAYS_NOTHING)
def test_where_the_provider_says_nothing_the_answer_decides(provider: str, raw: object) -> None:
    assert kind_of(told(raw=raw), provider) == "refused"
    assert kind_of(told(raw=raw, mta_response="smtp; 550 5.1.1 no such user here"), provider) == "hard_bounce"
    assert kind_of(told(raw=raw, mta_response="452 4.2.2 the mailbox is full"), provider) == "soft_bounce"


@pytest.mark.parametrize(("provider", "raw"), SAYS_SOFT)
def test_what_the_provider_calls_soft_silences_nobody(provider: str, raw: object) -> None:
    assert kind_of(told(raw=raw), provider) == "soft_bounce"
    assert kind_of(told(raw=raw, mta_response="550 5.1.1 no such user here"), provider) == "soft_bounce"


@pytest.mark.parametrize(
    ("provider", "raw"),
    [
        ("Resend", {"data": {"bounce": {"message": "Resend has suppressed sending to this address because …"}}}),
        ("Resend", {"type": "email.suppressed", "data": {}}),
        ("Amazon SES", {"bounce": {"bounceType": "Permanent", "bounceSubType": "OnAccountSuppressionList"}}),
        ("Amazon SES", {"complaint": {"complaintSubType": "OnAccountSuppressionList"}}),
        (
            "Postmark",
            {"RecordType": "SubscriptionChange", "SuppressSending": True, "SuppressionReason": "ManualSuppression"},
        ),
        ("Mailgun", {"event-data": {"severity": "permanent", "reason": "suppress-complaint"}}),
        ("Mailjet", {"event": "blocked", "error": "preblocked"}),
        ("Mandrill", {"type": "blacklist", "action": "add"}),
        ("Mandrill", {"event": "reject", "msg": {"reject": {"reason": "hard-bounce"}}}),
        ("Mailtrap", {"event": "reject", "reason": "recipient is suppressed"}),
        ("Brevo", {"event": "blocked"}),
        ("SendGrid", {"event": "dropped", "reason": "Bounced Address"}),
        ("SparkPost", {"msys": {"gen_event": {"raw_reason": "recipient address suppressed"}}}),
    ],
)
def test_a_provider_s_own_suppression_list_counts(provider: str, raw: dict[str, object]) -> None:
    assert kind_of(told(raw=raw), provider) == "suppressed"


@pytest.mark.parametrize(
    ("provider", "raw"),
    [
        ("Postmark", {"RecordType": "SubscriptionChange", "SuppressSending": False}),
        ("Mandrill", {"type": "blacklist", "action": "remove"}),
        ("Unisender Go", {"status": "subscribed"}),
    ],
)
def test_an_address_taken_off_the_list_is_reactivated(provider: str, raw: dict[str, object]) -> None:
    assert kind_of(told(EventType.SUBSCRIBED, raw=raw), provider) == "reactivated"


@pytest.mark.parametrize(
    ("provider", "raw", "kind"),
    [
        ("Amazon SES", {"complaint": {"complaintFeedbackType": "not-spam"}}, "other"),
        ("Amazon SES", {"complaint": {"complaintFeedbackType": "auth-failure"}}, "other"),
        ("Amazon SES", {"complaint": {"complaintFeedbackType": "abuse"}}, "complaint"),
        ("Amazon SES", {"complaint": {"complaintFeedbackType": None, "userAgent": "x"}}, "complaint"),
        ("SparkPost", {"msys": {"message_event": {"type": "spam_complaint", "fbtype": "virus"}}}, "other"),
        ("SparkPost", {"msys": {"message_event": {"type": "spam_complaint", "fbtype": "abuse"}}}, "complaint"),
        ("Postmark", {"Type": "SpamNotification"}, "other"),
        ("Postmark", {"Type": "SpamComplaint"}, "complaint"),
    ],
)
def test_a_complaint_is_one_only_where_somebody_complains(provider: str, raw: dict[str, object], kind: str) -> None:
    assert kind_of(told(EventType.COMPLAINED, raw=raw), provider) == kind


@pytest.mark.parametrize(
    ("reason", "wanted"),
    [
        (RejectReason.INVALID, "hard_bounce"),
        (RejectReason.BOUNCED, "suppressed"),
        (RejectReason.SPAM, "suppressed"),
        (RejectReason.UNSUBSCRIBED, "unsubscribed"),
        (RejectReason.BLOCKED, "rejected"),
        (None, "rejected"),
    ],
)
def test_a_provider_that_did_not_try_says_why(reason: str | None, wanted: str) -> None:
    assert kind_of(told(EventType.REJECTED, reject_reason=reason), "SparkPost") == wanted


def test_a_spam_verdict_of_a_server_is_no_complaint() -> None:
    raw = {"msys": {"message_event": {"bounce_class": "51"}}}
    assert kind_of(told(raw=raw, reject_reason=RejectReason.SPAM), "SparkPost") == "soft_bounce"


def test_a_failure_is_the_address_only_where_the_server_says_so() -> None:
    assert kind_of(told(EventType.FAILED, description="bad template"), "SparkPost") == "failed"
    assert kind_of(told(EventType.FAILED, mta_response="550 5.1.1 unknown user"), "SparkPost") == "hard_bounce"
    assert kind_of(told(EventType.FAILED, description="550 5.1.1 unknown user"), "SparkPost") == "hard_bounce"


def test_the_mail_server_s_words_stand_before_the_provider_s() -> None:
    assert event_text(told(mta_response="452 full", description="Bounced")) == "452 full"
    assert event_text(told()) == ""


@pytest.mark.parametrize("event_type", [EventType.OPENED, EventType.CLICKED])
def test_nobody_wants_to_know_who_reads(event_type: str) -> None:
    assert kind_of(told(event_type), "SparkPost") == ""


@pytest.mark.parametrize("name", ["initial_open", "amp_open", "amp_click"])
def test_nor_under_a_name_that_anymail_does_not_know(name: str) -> None:
    assert kind_of(told(EventType.UNKNOWN, {"msys": {"track_event": {"type": name}}}), "SparkPost") == ""
    assert kind_of(told(EventType.UNKNOWN, {"event": name}), "SparkPost") == ""


def test_an_event_that_anymail_knows_is_kept_under_any_name() -> None:
    assert (
        kind_of(told(EventType.DELIVERED, {"event": "delivered", "type": "click_tracked"}), "SparkPost") == "delivered"
    )


@pytest.mark.parametrize(
    "raw",
    [None, [], {}, {"msys": ["x"]}, {"msys": {"track_event": "x"}}, {"msys": {"message_event": {"type": "invented"}}}],
)
def test_what_nobody_knows_is_something_else(raw: object) -> None:
    assert kind_of(told(EventType.UNKNOWN, raw), "SparkPost") == "other"


def test_what_we_do_not_know_is_something_else() -> None:
    assert kind_of(told("invented tomorrow"), "SparkPost") == "other"
