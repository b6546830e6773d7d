"""People who were imported without a confirmation are asked once, and slowly."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from pytest_django import Settings

from subscriptions.account_requests.drain import drain_outbox
from subscriptions.account_requests.outbox import MAX_AGE
from subscriptions.email import messages
from subscriptions.email.messages import LetterRefused
from subscriptions.models import Errand, Subscriber
from subscriptions.preference_defaults import Preferences
from subscriptions.services import imported_confirmations, reminders, signup, suppression
from subscriptions.services.imported_confirmations import MAX_ASKED_PER_HOUR, ask_imported
from tests.people import ada, bao, chidi, dana, subscribe
from tests.subscriptions.letters import token_in
from tests.subscriptions.refusing_server import refusing_server

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
# An id that PostgreSQL does not hand out in the same test.
UNUSED_ID = 1_000_001
Status = Subscriber.Status


def imported(*people: object, **changes: object) -> None:
    for person in people:
        subscribe(person, status=Status.PENDING, consent_at=None, confirmed_at=None, **changes)  # type: ignore[arg-type]


def ask(now: datetime) -> int:
    """Ask imported people and send the letters, as the scheduler does. Return how many were asked."""
    count = ask_imported(now)
    drain_outbox(now)
    return count


def test_whoever_was_imported_unconfirmed_is_asked_once() -> None:
    imported(ada)
    subscribe(bao)
    subscribe(chidi, status=Status.UNSUBSCRIBED)
    assert (ask(NOON), ask(NOON + HOUR)) == (1, 0)
    (letter,) = mail.outbox
    assert letter.to == [ada.email]
    assert signup.confirm(token_in(letter)).status == Status.ACTIVE


def test_asking_only_queues_letters() -> None:
    imported(ada)
    assert ask_imported(NOON) == 1
    assert mail.outbox == []
    assert Errand.objects.get().kind == Errand.Kind.CONFIRMATION


def test_no_more_are_asked_in_an_hour_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_ASKED_PER_HOUR == 100
    monkeypatch.setattr(imported_confirmations, "MAX_ASKED_PER_HOUR", 2)
    imported(ada, bao, chidi, dana)
    minutes = (0, 10, 59, 61, 62, 122)
    assert [ask(NOON + timedelta(minutes=each)) for each in minutes] == [2, 0, 0, 2, 0, 0]
    assert len({letter.to[0] for letter in mail.outbox}) == 4


def test_sign_ups_take_no_turn_of_the_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imported_confirmations, "MAX_ASKED_PER_HOUR", 1)
    for number in range(3):
        signup.sign_up(f"p{number}@example.org", Preferences(filters=("attention",)), now=NOON)
    subscribe(ada._replace(id=UNUSED_ID), status=Status.PENDING)
    assert ask(NOON) == 1
    assert mail.outbox[-1].to == [ada.email]


def test_nobody_who_must_not_be_written_to_is_asked() -> None:
    imported(ada)
    suppression.suppress(ada.email, "hard_bounce")
    assert ask(NOON) == 0


def test_whoever_was_not_reached_is_asked_later(settings: Settings) -> None:
    imported(ada)
    backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.subscriptions.broken_mail.Broken"
    assert ask(NOON) == 1
    settings.EMAIL_BACKEND = backend
    drain_outbox(NOON + HOUR)
    assert [letter.to for letter in mail.outbox] == [[ada.email]]
    assert ask(NOON + HOUR) == 0


@time_machine.travel(NOON, tick=False)
def test_nobody_is_asked_while_no_letter_leaves(settings: Settings) -> None:
    imported(ada, bao)
    settings.EMAIL_BACKEND = "tests.subscriptions.broken_mail.Broken"
    signup.sign_up("new@example.org", Preferences(filters=("attention",)), now=NOON)
    assert ask_imported(NOON) == 0


def test_whose_letter_was_given_up_is_asked_again(settings: Settings) -> None:
    """They did not ask for a letter, and would not miss it."""
    imported(ada)
    backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.subscriptions.broken_mail.Broken"
    ask(NOON)
    drain_outbox(NOON + MAX_AGE)
    assert not Errand.objects.exists()
    settings.EMAIL_BACKEND = backend
    assert ask(NOON + MAX_AGE + HOUR) == 1
    assert [letter.to for letter in mail.outbox] == [[ada.email]]


def test_a_refused_letter_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    imported(ada, bao)
    send = messages.send_confirmation

    def refuse_ada(person: Subscriber, **flags: bool) -> None:
        if person.email == ada.email:
            raise LetterRefused
        send(person, **flags)

    monkeypatch.setattr(messages, "send_confirmation", refuse_ada)
    assert (ask(NOON), ask(NOON + HOUR)) == (2, 0)
    assert [letter.to for letter in mail.outbox] == [[bao.email]]


def test_a_greylisted_letter_holds_up_nobody(settings: Settings) -> None:
    """It used to end the round, and nobody after it was asked."""
    imported(ada, bao)
    with refusing_server(settings) as server:
        server.answers["RCPT"] = "450 4.7.1 Greylisted, try again in 300 seconds"
        ask(NOON)
        assert Errand.objects.filter(refusals=1).count() == 2
        server.answers.clear()
        drain_outbox(NOON + timedelta(minutes=1))
        assert sorted(server.recipients) == sorted([ada.email, bao.email])


def test_whoever_signs_up_meanwhile_gets_one_letter(settings: Settings) -> None:
    imported(ada)
    backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.subscriptions.broken_mail.Broken"
    signup.request_link(ada.email, now=NOON)
    settings.EMAIL_BACKEND = backend
    assert ask_imported(NOON + 2 * HOUR) == 0
    drain_outbox(NOON + 2 * HOUR)
    assert ask(NOON + 3 * HOUR) == 0
    assert len(mail.outbox) == 1


def test_they_are_reminded_like_everybody_else() -> None:
    imported(ada)
    ask(NOON)
    assert reminders.request_reminders(NOON + timedelta(hours=24)) == 1
