"""The one reminder for those who have not confirmed."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as outbox
from pytest_django import Settings

from subscriptions.account_requests.drain import drain_outbox
from subscriptions.models import Errand, Subscriber
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
DAY = timedelta(hours=24)


def remind(now: datetime) -> int:
    """Request reminders and send them, as the scheduler does. Return how many were requested."""
    count = reminders.request_reminders(now)
    drain_outbox(now)
    return count


def test_the_unconfirmed_are_reminded_once_after_a_day() -> None:
    signup.sign_up("ada@example.org", CHOSEN, now=NOON)
    subscribe(bao, id=UNUSED_ID, mailed_at=NOON)
    assert [remind(NOON + timedelta(hours=hours)) for hours in (23, 24, 25)] == [0, 1, 0]
    assert [letter.to for letter in outbox.outbox] == [["ada@example.org"], ["ada@example.org"]]
    assert signup.confirm(token_in(outbox.outbox[1])).status == Status.ACTIVE


def test_a_reminder_is_an_account_request() -> None:
    signup.sign_up("ada@example.org", CHOSEN, now=NOON)
    assert reminders.request_reminders(NOON + DAY) == 1
    assert len(outbox.outbox) == 1, "only the queue sends letters"
    assert Errand.objects.get().kind == Errand.Kind.REMINDER


def test_mailed_at_says_when_the_reminder_left() -> None:
    signup.sign_up("ada@example.org", CHOSEN, now=NOON)
    remind(NOON + DAY)
    assert Subscriber.objects.get().mailed_at == NOON + DAY


def test_whoever_waits_for_a_letter_gets_no_reminder_beside(settings: Settings) -> None:
    signup.sign_up("ada@example.org", CHOSEN, now=NOON)
    person = Subscriber.objects.get()
    Errand.objects.create(kind=Errand.Kind.CONFIRMATION, subscriber=person, not_before=NOON + DAY)
    remind(NOON + DAY)
    assert len(outbox.outbox) == 2


def test_suppressed_and_old_sign_ups_get_no_reminder() -> None:
    signup.sign_up("ada@example.org", CHOSEN, now=NOON)
    signup.sign_up("old@example.org", CHOSEN, now=NOON - timedelta(days=6))
    suppression.suppress("ada@example.org", "hard_bounce")
    assert remind(NOON + DAY) == 0


def test_a_reminder_shows_the_newest_preferences() -> None:
    signup.sign_up("ada@example.org", CHOSEN, now=NOON)
    signup.sign_up("ada@example.org", OTHERS, now=NOON)
    assert remind(NOON + timedelta(hours=25)) == 1
    assert "hep-th" in str(outbox.outbox[-1].body)
    signup.confirm(token_in(outbox.outbox[-1]))
    assert Subscriber.objects.get().preferences() == OTHERS


def test_a_failed_reminder_is_sent_later(settings: Settings) -> None:
    signup.sign_up("ada@example.org", CHOSEN, now=NOON)
    settings.EMAIL_BACKEND = "tests.subscriptions.broken_mail.Broken"
    remind(NOON + DAY)
    assert Subscriber.objects.get().mailed_at == NOON
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    remind(NOON + timedelta(hours=25))
    assert len(outbox.outbox) == 2


def test_whoever_confirms_in_the_meantime_is_not_reminded() -> None:
    signup.sign_up("ada@example.org", CHOSEN, now=NOON)
    assert reminders.request_reminders(NOON + DAY) == 1
    Subscriber.objects.update(status=Status.ACTIVE)
    drain_outbox(NOON + DAY)
    assert len(outbox.outbox) == 1
