"""The one reminder for those who have not confirmed."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as outbox
from django.utils import timezone
from pytest_django import Settings

from subscriptions.email import messages
from subscriptions.email.messages import LetterRefused, MailUnavailable
from subscriptions.models import Subscriber
from subscriptions.preference_defaults import Preferences
from subscriptions.services import reminders, signup, suppression
from tests.people import bao, subscribe
from tests.subscriptions.letters import token_in

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)
Status = Subscriber.Status
CHOSEN = Preferences(categories=("cs.LG",), filters=("attention",), language="en", timezone="Europe/Paris")
OTHERS = Preferences(categories=("hep-th",), filters=("string",), language="zh")
# An id that PostgreSQL does not hand out in the same test.
UNUSED_ID = 1_000_001


def test_the_unconfirmed_are_reminded_once_after_a_day() -> None:
    signup.sign_up("ada@example.org", CHOSEN, now=NOON)
    subscribe(bao, id=UNUSED_ID, mailed_at=NOON)
    assert reminders.send_reminders(NOON + timedelta(hours=23)) == 0
    assert reminders.send_reminders(NOON + timedelta(hours=24)) == 1
    assert reminders.send_reminders(NOON + timedelta(hours=25)) == 0
    assert [letter.to for letter in outbox.outbox] == [["ada@example.org"], ["ada@example.org"]]
    assert signup.confirm(token_in(outbox.outbox[1])).status == Status.ACTIVE


def test_suppressed_and_old_sign_ups_get_no_reminder() -> None:
    signup.sign_up("ada@example.org", CHOSEN, now=NOON)
    signup.sign_up("old@example.org", CHOSEN, now=NOON - timedelta(days=6))
    suppression.suppress("ada@example.org", "hard_bounce")
    assert reminders.send_reminders(NOON + timedelta(hours=24)) == 0


def test_a_reminder_shows_the_newest_preferences() -> None:
    signup.sign_up("ada@example.org", CHOSEN)
    signup.sign_up("ada@example.org", OTHERS)
    assert reminders.send_reminders(timezone.now() + timedelta(hours=25)) == 1
    assert "hep-th" in str(outbox.outbox[-1].body)
    signup.confirm(token_in(outbox.outbox[-1]))
    assert Subscriber.objects.get().preferences() == OTHERS


def test_a_failed_reminder_is_sent_later(settings: Settings) -> None:
    signup.sign_up("ada@example.org", CHOSEN, now=NOON)
    settings.EMAIL_BACKEND = "tests.subscriptions.broken_mail.Broken"
    with pytest.raises(MailUnavailable):
        reminders.send_reminders(NOON + timedelta(hours=24))
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert reminders.send_reminders(NOON + timedelta(hours=25)) == 1


def test_a_refused_reminder_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for email in ("ada@example.org", "bao@example.net"):
        signup.sign_up(email, CHOSEN, now=NOON)
    send = messages.send_confirmation

    def refuse_the_first(subscriber: Subscriber, *, reminder: bool) -> None:
        if subscriber.email == "ada@example.org":
            raise LetterRefused
        send(subscriber, reminder=reminder)

    monkeypatch.setattr(messages, "send_confirmation", refuse_the_first)
    assert reminders.send_reminders(NOON + timedelta(hours=24)) == 1
    assert reminders.send_reminders(NOON + timedelta(hours=25)) == 0


def test_whoever_confirms_in_the_meantime_is_not_reminded(monkeypatch: pytest.MonkeyPatch) -> None:
    for email in ("ada@example.org", "bao@example.net"):
        signup.sign_up(email, CHOSEN, now=NOON)
    reminded: list[str] = []

    def confirm_the_other(subscriber: Subscriber, *, reminder: bool) -> None:
        reminded.append(subscriber.email)
        Subscriber.objects.exclude(id=subscriber.id).update(status=Status.ACTIVE)

    monkeypatch.setattr(messages, "send_confirmation", confirm_the_other)
    assert reminders.send_reminders(NOON + timedelta(hours=24)) == 1
    assert reminded == ["ada@example.org"]
