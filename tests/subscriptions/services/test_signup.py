"""Signing up, confirming, asking for a link: what the services do."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail as outbox
from django.core.mail import EmailMessage
from django.utils import timezone
from pytest_django import Settings

from subscriptions.account_requests import queue
from subscriptions.email.messages import MailUnavailable
from subscriptions.links import tokens
from subscriptions.links.tokens import BadToken, ExpiredToken
from subscriptions.models import Errand, Subscriber
from subscriptions.preferences import Preferences
from subscriptions.services import reminders, signup, suppression, unsubscribe
from tests.people import ada, bao, subscribe
from tests.subscriptions.letters import token_in

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)
WISHES = Preferences(categories=("cs.LG",), filters=("attention",), language="en", timezone="Europe/Paris")
Status = Subscriber.Status


# An id that PostgreSQL does not hand out in the same test.
FAR = 1_000_001


def letters() -> list[EmailMessage]:
    return list(outbox.outbox)


def test_signing_up_writes_down_the_wishes_and_asks_for_confirmation() -> None:
    signup.sign_up("Ada@example.org", WISHES, now=NOON)
    row = Subscriber.objects.get()
    assert (row.email, row.email_key, row.status) == ("Ada@example.org", "ada@example.org", Status.PENDING)
    assert (row.categories, row.filters, row.timezone) == ("cs.LG", "attention", "Europe/Paris")
    assert row.consent_at is None
    [letter] = letters()
    assert letter.to == ["Ada@example.org"]
    assert "/confirm/" in str(letter.body)


def test_confirming_makes_a_reader_and_twice_does_no_harm() -> None:
    signup.sign_up("ada@example.org", WISHES)
    token = token_in(letters()[0])
    first = signup.confirm(token, now=NOON)
    second = signup.confirm(token, now=NOON + timedelta(hours=1))
    assert first.id == second.id
    row = Subscriber.objects.get()
    assert row.status == Status.ACTIVE
    assert (row.consent_at, row.confirmed_at) == (NOON, NOON)


def test_a_confirmation_link_lives_seven_days() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        signup.sign_up("ada@example.org", WISHES)
        clock.shift(timedelta(days=7, seconds=1))
        with pytest.raises(ExpiredToken):
            signup.confirm(token_in(letters()[0]))
    assert Subscriber.objects.get().status == Status.PENDING


def test_an_old_confirmation_link_brings_nobody_back() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        signup.sign_up("ada@example.org", WISHES)
        confirmation = token_in(letters()[0])
        reader = signup.confirm(confirmation)
        clock.shift(timedelta(hours=1))
        unsubscribe.unsubscribe(tokens.make("unsubscribe", reader.id, reader.key))
        with pytest.raises(BadToken):
            signup.confirm(confirmation)
    assert Subscriber.objects.get().status == Status.UNSUBSCRIBED


def test_somebody_who_left_may_sign_up_again() -> None:
    subscribe(ada, status=Status.UNSUBSCRIBED, unsubscribed_at=NOON)
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        signup.sign_up(ada.email, WISHES)
        assert Subscriber.objects.get().status == Status.UNSUBSCRIBED
        signup.confirm(token_in(letters()[0]))
    row = Subscriber.objects.get()
    assert (row.status, row.categories, row.unsubscribed_at) == (Status.ACTIVE, "cs.LG", None)


def test_a_strangers_sign_up_changes_nothing_of_a_subscriber() -> None:
    subscribe(ada)
    before = Subscriber.objects.values().get()
    signup.sign_up("ADA@example.org", WISHES, now=NOON)
    after = Subscriber.objects.values().get()
    assert {**after, "mailed_at": None} == before
    [letter] = letters()
    assert "/preferences/" in str(letter.body)


def test_one_letter_in_ten_minutes_and_one_row_for_an_address() -> None:
    for minute in (0, 1, 9):
        signup.sign_up("ada@example.org", WISHES, now=NOON + timedelta(minutes=minute))
    assert len(letters()) == 1
    signup.sign_up("ADA@EXAMPLE.ORG", WISHES, now=NOON + timedelta(minutes=10))
    assert len(letters()) == 2
    assert Subscriber.objects.count() == 1


def test_whoever_confirmed_gets_their_link_without_waiting() -> None:
    signup.sign_up("ada@example.org", WISHES)
    signup.confirm(token_in(letters()[0]))
    signup.request_link("ada@example.org")
    assert "/preferences/" in str(letters()[1].body)


def test_suppressed_addresses_get_no_letter_of_any_kind() -> None:
    subscribe(ada)
    suppression.suppress(ada.email, "complaint")
    signup.sign_up("ADA@example.org", WISHES)
    signup.request_link(ada.email)
    suppression.suppress("stranger@example.org", "hard_bounce")
    signup.sign_up("stranger@example.org", WISHES)
    assert letters() == []
    assert not Subscriber.objects.filter(email_key="stranger@example.org").exists()


def test_an_unknown_address_gets_no_link() -> None:
    signup.request_link("nobody@example.org")
    assert letters() == []
    assert not Subscriber.objects.exists()


def test_the_link_for_somebody_unconfirmed_is_the_confirmation() -> None:
    subscribe(bao, status=Status.PENDING)
    signup.request_link(bao.email)
    assert "/confirm/" in str(letters()[0].body)


def test_while_the_mail_server_is_away_the_letter_waits_and_is_sent_once(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "tests.subscriptions.broken_mail.Broken"
    for _turn in range(2):
        signup.sign_up("ada@example.org", WISHES, now=NOON)
    assert Errand.objects.count() == 1
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    queue.run(NOON + timedelta(minutes=2))
    assert len(letters()) == 1


def test_a_clock_that_was_set_back_withholds_no_letter() -> None:
    subscribe(ada, mailed_at=NOON + timedelta(days=300))
    signup.request_link(ada.email, now=NOON)
    signup.request_link(ada.email, now=NOON + timedelta(minutes=1))
    assert len(letters()) == 1


OTHERS = Preferences(categories=("hep-th",), filters=("string",), language="zh")


@pytest.mark.parametrize("status", [Status.UNSUBSCRIBED, Status.PENDING])
def test_a_strangers_sign_up_changes_nothing_until_the_letter_about_it_is_confirmed(status: str) -> None:
    left = {"unsubscribed_at": NOON} if status == Status.UNSUBSCRIBED else {}
    subscribe(ada, status=status, **left)
    before = Subscriber.objects.get().preferences()
    signup.sign_up("ADA@EXAMPLE.org", OTHERS)
    row = Subscriber.objects.get()
    assert (row.preferences(), row.email, row.status) == (before, ada.email, status)
    [letter] = letters()
    assert "hep-th" in str(letter.body)
    signup.confirm(token_in(letter))
    row = Subscriber.objects.get()
    assert (row.preferences(), row.wishes) == (OTHERS, {})


def test_each_confirmation_brings_what_its_letter_said() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        signup.sign_up("ada@example.org", WISHES)
        clock.shift(timedelta(minutes=1))
        signup.sign_up("ada@example.org", OTHERS)
        clock.shift(timedelta(minutes=1))
        signup.sign_up("ada@example.org", Preferences(filters=("third",)))
        assert len(letters()) == 3, "whoever corrects a sign-up gets the letter for it at once"
        tokens_sent = [token_in(letter) for letter in letters()]
        for token, preferences in zip(tokens_sent, (WISHES, OTHERS), strict=False):
            kept = Subscriber.objects.values("wishes", "status").get()
            assert signup.confirm(token).preferences() == preferences
            Subscriber.objects.update(**kept, **WISHES.columns())


def test_the_reminder_speaks_of_the_newest_wishes() -> None:
    signup.sign_up("ada@example.org", WISHES)
    signup.sign_up("ada@example.org", OTHERS)
    assert reminders.send_reminders(timezone.now() + timedelta(hours=25)) == 1
    assert "hep-th" in str(letters()[-1].body)
    signup.confirm(token_in(letters()[-1]))
    assert Subscriber.objects.get().preferences() == OTHERS


def test_one_reminder_after_a_day_for_those_who_have_not_confirmed() -> None:
    signup.sign_up("ada@example.org", WISHES, now=NOON)
    subscribe(bao, id=FAR, mailed_at=NOON)
    assert reminders.send_reminders(NOON + timedelta(hours=23)) == 0
    assert reminders.send_reminders(NOON + timedelta(hours=24)) == 1
    assert reminders.send_reminders(NOON + timedelta(hours=25)) == 0
    assert [letter.to for letter in letters()] == [["ada@example.org"], ["ada@example.org"]]
    assert signup.confirm(token_in(letters()[1])).status == Status.ACTIVE


def test_no_reminder_for_suppressed_or_long_forgotten_sign_ups() -> None:
    signup.sign_up("ada@example.org", WISHES, now=NOON)
    signup.sign_up("old@example.org", WISHES, now=NOON - timedelta(days=6))
    suppression.suppress("ada@example.org", "hard_bounce")
    assert reminders.send_reminders(NOON + timedelta(hours=24)) == 0


def test_a_reminder_that_failed_is_still_owed(settings: Settings) -> None:
    signup.sign_up("ada@example.org", WISHES, now=NOON)
    settings.EMAIL_BACKEND = "tests.subscriptions.broken_mail.Broken"
    with pytest.raises(MailUnavailable):
        reminders.send_reminders(NOON + timedelta(hours=24))
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert reminders.send_reminders(NOON + timedelta(hours=25)) == 1
