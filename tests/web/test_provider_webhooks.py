"""What providers tell of letters, through the addresses that they are given."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from digest.delivery.providers.amazon_ses import sns_signature
from digest.delivery.providers.amazon_ses.webhook import TrackingWebhook
from digest.delivery.webhooks import events
from digest.models import Delivery, DeliveryEvent, Run
from digest.web.provider_webhooks import urlpatterns
from subscriptions.address_hashes import hash_address
from subscriptions.models import Subscriber, Suppression
from subscriptions.services import suppression
from tests.delivery.outbox_rows import crowd, frozen_edition, planned
from tests.delivery.providers.amazon_ses.signed_messages import CERTIFICATE_AT, PEM, TOPIC
from tests.web.webhooks import PACKERS, SECRET, SETTINGS, TOPICS, _plain, post

pytestmark = [
    pytest.mark.django_db,
    # Anymail says at every report of SendGrid's that nobody there looks after it any more.
    pytest.mark.filterwarnings("ignore:django-anymail has dropped:Warning"),
]

PROVIDERS = [
    "amazon_ses",
    "brevo",
    "mailersend",
    "mailgun",
    "mailjet",
    "mailtrap",
    "mandrill",
    "postal",
    "postmark",
    "resend",
    "sendgrid",
    "sparkpost",
    "unisender_go",
]
NUMBER = "aaaaaaaa-bbbb"


@pytest.fixture(autouse=True)
def asked(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A site with all the keys. What was asked of Amazon."""
    settings.ANYMAIL, settings.SES_TOPICS = SETTINGS, TOPICS
    addresses: list[str] = []

    def amazon(_view: TrackingWebhook, address: str) -> str:
        addresses.append(address)
        return PEM

    monkeypatch.setattr(TrackingWebhook, "fetch", amazon)
    cache.clear()
    return addresses


@pytest.fixture
def letter() -> Delivery:
    """To reader1@example.org, accepted by a provider."""
    [row] = planned(frozen_edition(), crowd(1), state="accepted", provider_id=NUMBER)
    return row


REASON_OF_KIND = {"hard_bounce": "hard_bounce", "complaint": "complaint", "suppressed": "provider_list"}


def brevo(event: str, **more: object) -> dict[str, object]:
    return {"event": event, "email": "reader1@example.org", "message-id": NUMBER, "ts_epoch": 1769155200000, **more}


def captured(folder: Path, provider: str) -> list[Any]:
    return [each["payload"] for each in json.loads((folder / f"{provider}.json").read_text())]


@pytest.fixture
def captures(shared_data: Path) -> Path:
    return shared_data / "captures" / "esp_webhooks"


def everything() -> list[Any]:
    tables = [DeliveryEvent.objects, Suppression.objects, Subscriber.objects]
    return [list(table.order_by("pk").values()) for table in tables]


@pytest.mark.data
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_report_that_comes_twice_changes_nothing(client: Client, captures: Path, provider: str) -> None:
    payloads = captured(captures, provider)
    assert {post(client, provider, payload) for payload in payloads} == {200}
    once = everything()
    assert once[0]
    assert not DeliveryEvent.objects.filter(kind="other").exclude(provider__in=["Mandrill", "Postmark", "SparkPost"])
    assert {post(client, provider, payload) for payload in payloads} == {200}
    assert everything() == once


@pytest.mark.data
@pytest.mark.parametrize("provider", PROVIDERS)
def test_hard_bounces_and_complaints_suppress_the_address(client: Client, captures: Path, provider: str) -> None:
    for payload in captured(captures, provider):
        DeliveryEvent.objects.all().delete()
        Suppression.objects.all().delete()
        post(client, provider, payload)
        kinds = set(DeliveryEvent.objects.values_list("kind", flat=True))
        reasons = {REASON_OF_KIND[kind] for kind in kinds & REASON_OF_KIND.keys()}
        assert set(Suppression.objects.values_list("reason", flat=True)) == reasons, payload
        assert not {kind for kind in kinds if "open" in kind or "click" in kind}


@pytest.mark.data
def test_every_provider_that_anymail_hears_from_is_tried_here(captures: Path) -> None:
    names = {pattern.name.split("_tracking")[0].removesuffix("_webhook") for pattern in urlpatterns if pattern.name}
    assert names - {"sendinblue"} == set(PROVIDERS) == {path.stem for path in captures.glob("*.json")}


@pytest.mark.data
@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("secret", ["", "post:wrong", "wrong"])
def test_without_the_secret_nothing_is_taken(client: Client, captures: Path, provider: str, secret: str) -> None:
    payloads = captured(captures, provider)
    assert {post(client, provider, payload, secret=secret) for payload in payloads} == {403 if secret else 401}
    assert everything() == [[], [], []]


@pytest.mark.data
@pytest.mark.parametrize("provider", sorted(PACKERS))
def test_where_the_provider_signs_the_secret_alone_is_not_enough(
    client: Client, captures: Path, provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(PACKERS, provider)
    assert {post(client, provider, payload) for payload in captured(captures, provider)} == {400}
    assert everything() == [[], [], []]


@pytest.mark.data
def test_a_bounce_for_good_is_one_with_every_provider(client: Client, captures: Path) -> None:
    for provider in PROVIDERS:
        for payload in captured(captures, provider):
            post(client, provider, payload)
    rows = DeliveryEvent.objects.filter(kind__in=("hard_bounce", "suppressed"))
    hard = set(rows.values_list("provider", flat=True))
    # Postal's only bounce says nothing of the address.
    assert hard >= {"Amazon SES", "Brevo", "MailerSend", "Mailgun", "Mailjet", "Mailtrap", "Mandrill"}
    assert hard >= {"Postmark", "SendGrid", "SparkPost", "Unisender Go", "Resend"}
    assert not Suppression.objects.filter(address_hash=hash_address("full@example.com")).exists()


def test_without_a_secret_in_the_settings_all_are_closed(client: Client, settings: Settings) -> None:
    settings.ANYMAIL = {}
    assert {post(client, provider, {}) for provider in PROVIDERS} == {403}
    assert {post(client, provider, {}, secret="") for provider in PROVIDERS} == {403}


@pytest.mark.parametrize("provider", ["mailersend", "mailgun", "mandrill", "postal", "unisender_go"])
def test_without_the_providers_own_key_its_reports_are_refused(
    client: Client, settings: Settings, provider: str
) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    assert post(client, provider, {}) == 403
    assert everything() == [[], [], []]


@pytest.mark.parametrize("provider", ["amazon_ses", "brevo", "mailgun", "postmark", "resend", "sparkpost"])
def test_incoming_mail_is_not_taken(client: Client, provider: str) -> None:
    assert client.post(f"/anymail/{provider}/inbound/", secure=True).status_code == 404


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    "payload", [None, [], {}, [None], "x", 1, {"data": 1}, {"event": [], "email": {}}, [{"msys": 1}]]
)
def test_nonsense_is_the_senders_error_and_not_ours(client: Client, provider: str, payload: object) -> None:
    body, content_type, headers = _plain(payload)
    credentials = {"Authorization": "Basic cG9zdDphIGxvbmcgcmFuZG9tIHBhc3N3b3Jk"}
    path = f"/anymail/{provider}/" + ("" if provider == "mandrill" else "tracking/")
    answer = client.post(path, body, content_type=content_type, headers=credentials | headers, secure=True)
    assert answer.status_code in (200, 400)
    assert everything()[1:] == [[], []]


def test_a_report_stands_with_its_letter_and_names_nobody(client: Client, letter: Delivery) -> None:
    reason = "450 <reader1@example.org> try later"
    assert post(client, "brevo", brevo("deferred", reason=reason)) == 200
    event = DeliveryEvent.objects.get()
    assert (event.delivery, event.kind, event.provider) == (letter, "deferred", "Brevo")
    assert (event.at.isoformat(), event.reason) == ("2026-01-23T08:00:00+00:00", "450 … try later")
    assert events.count_events(letter.edition) == {"deferred": 1}


@pytest.mark.parametrize("kept", [NUMBER, f"<{NUMBER}>"])
@pytest.mark.parametrize("told", [NUMBER, f"<{NUMBER}>"])
def test_a_message_id_is_known_with_and_without_its_brackets(
    client: Client, letter: Delivery, kept: str, told: str
) -> None:
    Delivery.objects.update(provider_id=kept)
    post(client, "brevo", brevo("delivered", **{"message-id": told}))
    assert DeliveryEvent.objects.get().delivery == letter


@pytest.mark.usefixtures("letter")
def test_an_address_that_is_dead_is_never_written_to_again(client: Client) -> None:
    post(client, "brevo", brevo("hard_bounce", reason="550 5.1.1 no such user"))
    assert Suppression.objects.values_list("address_hash", "reason").get() == (
        hash_address("reader1@example.org"),
        "hard_bounce",
    )
    assert Subscriber.objects.get().status == "active", "they may come back with another address"


@pytest.mark.usefixtures("letter")
def test_a_complaint_ends_the_subscription_too(client: Client) -> None:
    post(client, "brevo", brevo("spam", email="Reader1@Example.org"))
    assert Suppression.objects.values_list("address_hash", "reason").get() == (
        hash_address("reader1@example.org"),
        "complaint",
    )
    assert Subscriber.objects.get().status == "unsubscribed"


@pytest.mark.usefixtures("letter")
def test_who_unsubscribes_at_the_provider_is_unsubscribed_once(client: Client) -> None:
    post(client, "brevo", brevo("unsubscribe"))
    assert Subscriber.objects.get().status == "unsubscribed"
    Subscriber.objects.update(status="active")
    post(client, "brevo", brevo("unsubscribe"))
    assert Subscriber.objects.get().status == "active", "they came back, and the old wish counts no more"
    assert not Suppression.objects.exists()


def test_soft_bounces_are_counted_and_nothing_else(client: Client, letter: Delivery) -> None:
    for attempt in range(3):
        post(client, "brevo", brevo("soft_bounce", reason="452 full", ts_epoch=1769155200000 + attempt))
    assert events.count_events(letter.edition) == {"soft_bounce": 3}
    assert not Suppression.objects.exists()


@pytest.mark.usefixtures("letter")
@pytest.mark.parametrize("event", ["opened", "unique_opened", "proxy_open", "click"])
def test_who_opens_what_is_not_kept(client: Client, event: str) -> None:
    assert post(client, "brevo", brevo(event)) == 200
    assert not DeliveryEvent.objects.exists()


def test_a_report_that_comes_early_finds_its_letter_later(client: Client) -> None:
    assert post(client, "brevo", brevo("request")) == 200
    assert DeliveryEvent.objects.get().delivery is None
    [row] = planned(frozen_edition(), crowd(1), state="accepted", provider_id=NUMBER)
    post(client, "brevo", brevo("delivered"))
    assert list(row.events.order_by("id").values_list("kind", flat=True)) == ["queued", "delivered"]


def test_a_message_id_in_foreign_letters_is_not_ours(client: Client, letter: Delivery) -> None:
    """It names a letter of ours, and cannot be compared with its Message-ID as text."""
    told = f"<{letter.id}.{'0' * 32}@post.ex\u00e4mple>"
    assert post(client, "brevo", brevo("delivered", **{"message-id": told})) == 200
    assert DeliveryEvent.objects.get().delivery is None


@pytest.mark.usefixtures("letter")
def test_reports_on_foreign_messages_harm_nobody(client: Client) -> None:
    assert post(client, "brevo", brevo("delivered", **{"message-id": "not ours", "email": "x" * 400})) == 200
    assert post(client, "brevo", brevo("hard_bounce", email="\x00" + "y" * 400 + "@example.org")) == 200
    assert (
        post(client, "brevo", brevo("hard_bounce", email=None, **{"message-id": None, "reason": "\x00" * 999})) == 200
    )
    assert post(client, "brevo", brevo("unsubscribe", email="stranger@example.org")) == 200
    assert not Suppression.objects.exists()
    assert Subscriber.objects.get().status == "active"


@pytest.mark.usefixtures("letter")
def test_a_report_costs_few_questions(client: Client) -> None:
    with CaptureQueriesContext(connection) as captured:
        post(client, "brevo", brevo("hard_bounce"))
    assert len(captured) <= 12


def test_hundreds_of_reports_at_once_are_one_event_each(client: Client) -> None:
    def told(number: int) -> dict[str, object]:
        event = {"type": "delivery", "event_id": str(number), "transmission_id": str(number), "padding": "x" * 7_500}
        return {"msys": {"message_event": event}}

    reports = [told(number) for number in range(400)]
    assert len(json.dumps(reports)) > 3_000_000, "more than Django takes unless it is told to"
    assert post(client, "sparkpost", reports) == 200
    assert post(client, "sparkpost", reports[::-7]) == 200
    assert DeliveryEvent.objects.filter(kind="delivered").count() == 400


def test_more_than_any_provider_tells_at_once_is_not_even_read(client: Client) -> None:
    assert post(client, "brevo", brevo("delivered", reason="x" * 10_000_000)) == 400
    assert not DeliveryEvent.objects.exists()


@pytest.mark.parametrize(
    "given",
    ["Basic", "Basic !!!", "Basic /////w==", "Basic cG9zdA==", "Bearer cG9zdDphIGxvbmcgcmFuZG9tIHBhc3N3b3Jk", "\xff"],
)
def test_credentials_that_are_none_open_nothing(client: Client, given: str) -> None:
    answer = client.post(
        "/anymail/brevo/tracking/",
        json.dumps(brevo("spam")),
        content_type="application/json",
        headers={"Authorization": given},
        secure=True,
    )
    assert answer.status_code in (401, 403)
    assert everything() == [[], [], []]


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 50_000, b"9" * 50_000, b"\xff\xfe", b"", b"NaN"])
@pytest.mark.parametrize("provider", ["amazon_ses", "brevo", "mandrill", "sendgrid", "unisender_go"])
def test_a_body_made_to_hurt_is_refused(client: Client, provider: str, body: bytes) -> None:
    credentials = {"Authorization": "Basic cG9zdDphIGxvbmcgcmFuZG9tIHBhc3N3b3Jk"}
    path = f"/anymail/{provider}/" + ("" if provider == "mandrill" else "tracking/")
    for kind in ("application/json", "application/json; charset=bogus", "multipart/form-data; boundary=x"):
        answer = client.generic("POST", path, body, content_type=kind, headers=credentials, secure=True)
        assert answer.status_code == 400


@pytest.mark.usefixtures("letter")
@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "1969-01-01", "yesterday", 7])
def test_a_time_that_cannot_be_is_taken_for_now(client: Client, at: object) -> None:
    payload = {"type": "email.complained", "created_at": at, "data": {"email_id": NUMBER, "to": ["a@example.org"]}}
    if post(client, "resend", payload) == 200:
        assert timezone.now() - DeliveryEvent.objects.get().at < timedelta(minutes=1)


def test_several_people_of_one_report_of_amazons_are_each_taken(client: Client) -> None:
    people = [{"emailAddress": "reader1@example.org"}, {"emailAddress": "reader2@example.org"}]
    bounce = {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": people}
    post(client, "amazon_ses", {"eventType": "Bounce", "bounce": bounce, "mail": {"messageId": NUMBER}})
    assert Suppression.objects.count() == DeliveryEvent.objects.count() == 2


def test_a_topic_of_ours_is_confirmed_at_amazon(client: Client, asked: list[str]) -> None:
    confirm = "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=x&Token=y"
    subscribing = {"Type": "SubscriptionConfirmation", "Message": "?", "SubscribeURL": confirm, "Token": "y"}
    assert post(client, "amazon_ses", subscribing) == 200
    assert asked == [CERTIFICATE_AT, confirm]


def test_nobody_else_is_asked_to_confirm_anything(client: Client, asked: list[str]) -> None:
    subscribing = {"Type": "SubscriptionConfirmation", "Message": "?", "Token": "y"}
    assert post(client, "amazon_ses", {**subscribing, "SubscribeURL": "http://169.254.169.254/"}) == 400
    assert asked == [CERTIFICATE_AT]


def test_a_strangers_topic_is_refused_before_anybody_is_asked(
    client: Client, asked: list[str], settings: Settings
) -> None:
    settings.SES_TOPICS = [TOPIC + "-of-ours"]
    assert post(client, "amazon_ses", {"eventType": "Send", "mail": {"destination": ["a@example.org"]}}) == 400
    assert (asked, DeliveryEvent.objects.count()) == ([], 0)


def test_when_amazon_cannot_be_asked_it_shall_tell_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_self: object, _address: str) -> str:
        raise OSError("away")

    monkeypatch.setattr(TrackingWebhook, "fetch", away)
    client.raise_request_exception = False
    assert post(client, "amazon_ses", {"eventType": "Send", "mail": {"destination": ["a@example.org"]}}) == 500


def test_the_certificate_is_fetched_without_going_anywhere_else(httpserver: Any) -> None:
    httpserver.expect_request("/a.pem").respond_with_data(PEM)
    httpserver.expect_request("/b.pem").respond_with_data("", status=302, headers={"Location": "/a.pem"})
    fetch: Callable[[str], str] = sns_signature.fetch_from_sns
    assert fetch(httpserver.url_for("/a.pem")) == PEM
    with pytest.raises(OSError, match="302"):
        fetch(httpserver.url_for("/b.pem"))


@pytest.mark.usefixtures("letter")
def test_a_provider_s_suppression_list_counts_and_can_be_cleared(client: Client) -> None:
    listed = {"RecordType": "SubscriptionChange", "MessageID": NUMBER, "Recipient": "reader1@example.org"}
    post(client, "postmark", {**listed, "SuppressSending": True, "SuppressionReason": "ManualSuppression"})
    row = Suppression.objects.get()
    assert (row.address_hash, row.reason) == (hash_address("reader1@example.org"), "provider_list")
    post(client, "postmark", {**listed, "SuppressSending": False})
    assert not Suppression.objects.exists()
    assert Subscriber.objects.get().status == "active"


@pytest.mark.usefixtures("letter")
def test_taken_off_the_list_a_complaint_still_counts(client: Client) -> None:
    suppression.suppress("reader1@example.org", "complaint")
    post(
        client,
        "postmark",
        {"RecordType": "SubscriptionChange", "Recipient": "reader1@example.org", "SuppressSending": False},
    )
    assert Suppression.objects.get().reason == "complaint"


def test_a_bounce_knows_the_run_whose_letter_came_back(client: Client, letter: Delivery) -> None:
    run = Run.objects.create(day=letter.edition.day, source="sample", started_at=timezone.now())
    post(client, "brevo", brevo("hard_bounce"))
    assert Suppression.objects.get().run == run.id
