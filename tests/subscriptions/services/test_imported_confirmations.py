"""People who were imported without a confirmation are asked once, and slowly."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as outbox
from pytest_django import Settings

from subscriptions.email import messages
from subscriptions.email.messages import LetterRefused, MailUnavailable
from subscriptions.models import Subscriber
from subscriptions.services import imported_confirmations, reminders, signup, suppression
from subscriptions.services.imported_confirmations import MAX_ASKED_PER_HOUR, ask_imported
from tests.people import ada, bao, chidi, dana, subscribe
from tests.subscriptions.letters import token_in

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
Status = Subscriber.Status


def imported(*people: object, **changes: object) -> None:
    for person in people:
        subscribe(person, status=Status.PENDING, consent_at=None, confirmed_at=None, **changes)  # type: ignore[arg-type]


def test_whoever_was_imported_unconfirmed_is_asked_once() -> None:
    imported(ada)
    subscribe(bao)
    subscribe(chidi, status=Status.UNSUBSCRIBED)
    assert (ask_imported(NOON), ask_imported(NOON + HOUR)) == (1, 0)
    (letter,) = outbox.outbox
    assert letter.to == [ada.email]
    assert signup.confirm(token_in(letter)).status == Status.ACTIVE


def test_no_more_are_asked_in_an_hour_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_ASKED_PER_HOUR == 100
    monkeypatch.setattr(imported_confirmations, "MAX_ASKED_PER_HOUR", 2)
    imported(ada, bao, chidi, dana)
    minutes = (0, 10, 59, 61, 62, 122)
    assert [ask_imported(NOON + timedelta(minutes=each)) for each in minutes] == [2, 0, 0, 2, 0, 0]
    assert len({letter.to[0] for letter in outbox.outbox}) == 4


def test_nobody_who_must_not_be_written_to_is_asked() -> None:
    imported(ada)
    suppression.suppress(ada.email, "hard_bounce")
    assert ask_imported(NOON) == 0


def test_whoever_was_not_reached_is_asked_later(settings: Settings) -> None:
    imported(ada)
    backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "tests.subscriptions.broken_mail.Broken"
    with pytest.raises(MailUnavailable):
        ask_imported(NOON)
    settings.EMAIL_BACKEND = backend
    assert ask_imported(NOON) == 1


def test_a_refused_letter_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    imported(ada, bao)
    send = messages.send_confirmation

    def refuse_ada(person: Subscriber, **flags: bool) -> None:
        if person.email == ada.email:
            raise LetterRefused
        send(person, **flags)

    monkeypatch.setattr(messages, "send_confirmation", refuse_ada)
    assert (ask_imported(NOON), ask_imported(NOON + HOUR)) == (1, 0)


def test_somebody_else_who_asks_them_meanwhile_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    imported(ada, bao)

    def send_and_let_others_ask(person: Subscriber) -> None:
        Subscriber.objects.exclude(id=person.id).update(mailed_at=NOON)

    monkeypatch.setattr(messages, "send_confirmation", send_and_let_others_ask)
    assert ask_imported(NOON) == 1


def test_they_are_reminded_like_everybody_else() -> None:
    imported(ada)
    ask_imported(NOON)
    assert reminders.request_reminders(NOON + timedelta(hours=24)) == 1
