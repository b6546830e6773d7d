"""Signing up, confirming, asking for a link: what the services do."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail as outbox
from django.core.mail import EmailMessage
from django.utils import timezone
from pytest_django import Settings

from subscriptions import services, tokens
from subscriptions.mail import MailUnavailable
from subscriptions.models import Errand, Subscriber
from subscriptions.profile import Profile, profile_of
from subscriptions.tokens import BadToken, ExpiredToken
from tests.people import ada, bao, subscribe
from tests.subscriptions.letters import token_in

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)
WISHES = Profile(categories=("cs.LG",), filters=("attention",), language="en", timezone="Europe/Paris")
Status = Subscriber.Status


FAR = 1_000_001
"""An id that PostgreSQL does not hand out in the same test."""


def letters() -> list[EmailMessage]:
    return list(outbox.outbox)


def test_signing_up_writes_down_the_wishes_and_asks_for_confirmation() -> None:
    services.sign_up("Ada@example.org", WISHES, now=NOON)
    row = Subscriber.objects.get()
    assert (row.email, row.email_key, row.status) == ("Ada@example.org", "ada@example.org", Status.PENDING)
    assert (row.categories, row.filters, row.timezone) == ("cs.LG", "attention", "Europe/Paris")
    assert row.consent_at is None
    [letter] = letters()
    assert letter.to == ["Ada@example.org"]
    assert "/confirm/" in str(letter.body)


def test_confirming_makes_a_reader_and_twice_does_no_harm() -> None:
    services.sign_up("ada@example.org", WISHES)
    token = token_in(letters()[0])
    first = services.confirm(token, now=NOON)
    second = services.confirm(token, now=NOON + timedelta(hours=1))
    assert first.id == second.id
    row = Subscriber.objects.get()
    assert row.status == Status.ACTIVE
    assert (row.consent_at, row.confirmed_at) == (NOON, NOON)


def test_a_confirmation_link_lives_seven_days() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        services.sign_up("ada@example.org", WISHES)
        clock.shift(timedelta(days=7, seconds=1))
        with pytest.raises(ExpiredToken):
            services.confirm(token_in(letters()[0]))
    assert Subscriber.objects.get().status == Status.PENDING


def test_an_old_confirmation_link_brings_nobody_back() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        services.sign_up("ada@example.org", WISHES)
        confirmation = token_in(letters()[0])
        reader = services.confirm(confirmation)
        clock.shift(timedelta(hours=1))
        services.unsubscribe(tokens.make("unsubscribe", reader.id, reader.key))
        with pytest.raises(BadToken):
            services.confirm(confirmation)
    assert Subscriber.objects.get().status == Status.UNSUBSCRIBED


def test_somebody_who_left_may_sign_up_again() -> None:
    subscribe(ada, status=Status.UNSUBSCRIBED, unsubscribed_at=NOON)
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        services.sign_up(ada.email, WISHES)
        assert Subscriber.objects.get().status == Status.UNSUBSCRIBED
        services.confirm(token_in(letters()[0]))
    row = Subscriber.objects.get()
    assert (row.status, row.categories, row.unsubscribed_at) == (Status.ACTIVE, "cs.LG", None)


def test_a_strangers_sign_up_changes_nothing_of_a_subscriber() -> None:
    subscribe(ada)
    before = Subscriber.objects.values().get()
    services.sign_up("ADA@example.org", WISHES, now=NOON)
    after = Subscriber.objects.values().get()
    assert {**after, "mailed_at": None} == before
    [letter] = letters()
    assert "/preferences/" in str(letter.body)


def test_one_letter_in_ten_minutes_and_one_row_for_an_address() -> None:
    for minute in (0, 1, 9):
        services.sign_up("ada@example.org", WISHES, now=NOON + timedelta(minutes=minute))
    assert len(letters()) == 1
    services.sign_up("ADA@EXAMPLE.ORG", WISHES, now=NOON + timedelta(minutes=10))
    assert len(letters()) == 2
    assert Subscriber.objects.count() == 1


def test_whoever_confirmed_gets_their_link_without_waiting() -> None:
    services.sign_up("ada@example.org", WISHES)
    services.confirm(token_in(letters()[0]))
    services.request_link("ada@example.org")
    assert "/preferences/" in str(letters()[1].body)


def test_suppressed_addresses_get_no_letter_of_any_kind() -> None:
    subscribe(ada)
    services.suppress(ada.email, "complaint")
    services.sign_up("ADA@example.org", WISHES)
    services.request_link(ada.email)
    services.suppress("stranger@example.org", "hard_bounce")
    services.sign_up("stranger@example.org", WISHES)
    assert letters() == []
    assert not Subscriber.objects.filter(email_key="stranger@example.org").exists()


def test_an_unknown_address_gets_no_link() -> None:
    services.request_link("nobody@example.org")
    assert letters() == []
    assert not Subscriber.objects.exists()


def test_the_link_for_somebody_unconfirmed_is_the_confirmation() -> None:
    subscribe(bao, status=Status.PENDING)
    services.request_link(bao.email)
    assert "/confirm/" in str(letters()[0].body)


def test_while_the_mail_server_is_away_the_letter_waits_and_is_sent_once(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "tests.subscriptions.broken_mail.Broken"
    for _turn in range(2):
        services.sign_up("ada@example.org", WISHES, now=NOON)
    assert Errand.objects.count() == 1
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    services.run_errands(NOON + timedelta(minutes=2))
    assert len(letters()) == 1


def test_a_clock_that_was_set_back_withholds_no_letter() -> None:
    subscribe(ada, mailed_at=NOON + timedelta(days=300))
    services.request_link(ada.email, now=NOON)
    services.request_link(ada.email, now=NOON + timedelta(minutes=1))
    assert len(letters()) == 1


OTHERS = Profile(categories=("hep-th",), filters=("string",), language="zh")


@pytest.mark.parametrize("status", [Status.UNSUBSCRIBED, Status.PENDING])
def test_a_strangers_sign_up_changes_nothing_until_the_letter_about_it_is_confirmed(status: str) -> None:
    left = {"unsubscribed_at": NOON} if status == Status.UNSUBSCRIBED else {}
    subscribe(ada, status=status, **left)
    before = profile_of(Subscriber.objects.get())
    services.sign_up("ADA@EXAMPLE.org", OTHERS)
    row = Subscriber.objects.get()
    assert (profile_of(row), row.email, row.status) == (before, ada.email, status)
    [letter] = letters()
    assert "hep-th" in str(letter.body)
    services.confirm(token_in(letter))
    row = Subscriber.objects.get()
    assert (profile_of(row), row.wishes) == (OTHERS, {})


def test_each_confirmation_brings_what_its_letter_said() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        services.sign_up("ada@example.org", WISHES)
        clock.shift(timedelta(minutes=1))
        services.sign_up("ada@example.org", OTHERS)
        clock.shift(timedelta(minutes=1))
        services.sign_up("ada@example.org", Profile(filters=("third",)))
        assert len(letters()) == 3, "whoever corrects a sign-up gets the letter for it at once"
        tokens_sent = [token_in(letter) for letter in letters()]
        for token, profile in zip(tokens_sent, (WISHES, OTHERS), strict=False):
            kept = Subscriber.objects.values("wishes", "status").get()
            assert profile_of(services.confirm(token)) == profile
            Subscriber.objects.update(**kept, **WISHES.columns())


def test_the_reminder_speaks_of_the_newest_wishes() -> None:
    services.sign_up("ada@example.org", WISHES)
    services.sign_up("ada@example.org", OTHERS)
    assert services.remind(timezone.now() + timedelta(hours=25)) == 1
    assert "hep-th" in str(letters()[-1].body)
    services.confirm(token_in(letters()[-1]))
    assert profile_of(Subscriber.objects.get()) == OTHERS


def test_one_reminder_after_a_day_for_those_who_have_not_confirmed() -> None:
    services.sign_up("ada@example.org", WISHES, now=NOON)
    subscribe(bao, id=FAR, mailed_at=NOON)
    assert services.remind(NOON + timedelta(hours=23)) == 0
    assert services.remind(NOON + timedelta(hours=24)) == 1
    assert services.remind(NOON + timedelta(hours=25)) == 0
    assert [letter.to for letter in letters()] == [["ada@example.org"], ["ada@example.org"]]
    assert services.confirm(token_in(letters()[1])).status == Status.ACTIVE


def test_no_reminder_for_suppressed_or_long_forgotten_sign_ups() -> None:
    services.sign_up("ada@example.org", WISHES, now=NOON)
    services.sign_up("old@example.org", WISHES, now=NOON - timedelta(days=6))
    services.suppress("ada@example.org", "hard_bounce")
    assert services.remind(NOON + timedelta(hours=24)) == 0


def test_a_reminder_that_failed_is_still_owed(settings: Settings) -> None:
    services.sign_up("ada@example.org", WISHES, now=NOON)
    settings.EMAIL_BACKEND = "tests.subscriptions.broken_mail.Broken"
    with pytest.raises(MailUnavailable):
        services.remind(NOON + timedelta(hours=24))
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert services.remind(NOON + timedelta(hours=25)) == 1
