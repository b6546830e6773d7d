"""Account requests lead to a letter or to nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as outbox
from pytest_django import Settings

from subscriptions.account_requests.drain import drain_outbox
from subscriptions.models import Errand, Subscriber
from subscriptions.preference_defaults import Preferences
from subscriptions.services import signup, suppression
from tests.people import ada, bao, subscribe
from tests.subscriptions.letters import token_in

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)
Status = Subscriber.Status
CHOSEN = Preferences(categories=("cs.LG",), filters=("attention",), language="en", timezone="Europe/Paris")


def test_a_sign_up_changes_nothing_of_an_active_subscriber() -> None:
    subscribe(ada)
    before = Subscriber.objects.values().get()
    signup.sign_up("ADA@example.org", CHOSEN, now=NOON)
    after = Subscriber.objects.values().get()
    assert {**after, "mailed_at": None} == before
    [letter] = outbox.outbox
    assert "/account/" in str(letter.body)


def test_an_address_gets_one_letter_in_ten_minutes() -> None:
    for minute in (0, 1, 9):
        signup.sign_up("ada@example.org", CHOSEN, now=NOON + timedelta(minutes=minute))
    assert len(outbox.outbox) == 1
    signup.sign_up("ADA@EXAMPLE.ORG", CHOSEN, now=NOON + timedelta(minutes=10))
    assert len(outbox.outbox) == 2
    assert Subscriber.objects.count() == 1


def test_whoever_confirmed_gets_their_link_without_waiting() -> None:
    signup.sign_up("ada@example.org", CHOSEN)
    signup.confirm(token_in(outbox.outbox[0]))
    signup.request_link("ada@example.org")
    assert "/account/" in str(outbox.outbox[1].body)


def test_suppressed_addresses_get_no_letter() -> None:
    subscribe(ada)
    suppression.suppress(ada.email, "complaint")
    signup.sign_up("ADA@example.org", CHOSEN)
    signup.request_link(ada.email)
    suppression.suppress("stranger@example.org", "hard_bounce")
    signup.sign_up("stranger@example.org", CHOSEN)
    assert outbox.outbox == []
    assert not Subscriber.objects.filter(email_key="stranger@example.org").exists()


def test_an_unknown_address_gets_no_letter() -> None:
    signup.request_link("nobody@example.org")
    assert outbox.outbox == []
    assert not Subscriber.objects.exists()


def test_the_unconfirmed_get_the_confirmation_instead_of_a_link() -> None:
    subscribe(bao, status=Status.PENDING)
    signup.request_link(bao.email)
    assert "/confirm/" in str(outbox.outbox[0].body)


def test_a_letter_waits_for_the_mail_server_and_is_sent_once(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "tests.subscriptions.broken_mail.Broken"
    for _turn in range(2):
        signup.sign_up("ada@example.org", CHOSEN, now=NOON)
    assert Errand.objects.count() == 1
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    drain_outbox(NOON + timedelta(minutes=2))
    assert len(outbox.outbox) == 1


def test_a_clock_that_was_set_back_withholds_no_letter() -> None:
    subscribe(ada, mailed_at=NOON + timedelta(days=300))
    signup.request_link(ada.email, now=NOON)
    signup.request_link(ada.email, now=NOON + timedelta(minutes=1))
    assert len(outbox.outbox) == 1


def test_only_the_unconfirmed_correct_their_sign_up_at_once() -> None:
    subscribe(ada, mailed_at=NOON - timedelta(minutes=1))
    subscribe(bao, status=Status.PENDING, mailed_at=NOON - timedelta(minutes=1))
    for email in (ada.email, bao.email):
        signup.sign_up(email, CHOSEN, now=NOON)
    assert [letter.to for letter in outbox.outbox] == [[bao.email]]


def test_of_two_processes_one_writes_to_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    subscribe(ada)

    def write_first(email: str, **_options: object) -> bool:
        Subscriber.objects.update(mailed_at=NOON)
        return True

    monkeypatch.setattr("subscriptions.rate_limits.allow_letter", write_first)
    signup.request_link(ada.email, now=NOON)
    assert outbox.outbox == []
    assert not Errand.objects.exists()
