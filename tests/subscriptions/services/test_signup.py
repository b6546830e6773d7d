"""Sign-up and its confirmation."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail as outbox

from subscriptions.links import tokens
from subscriptions.links.tokens import BadToken, ExpiredToken
from subscriptions.models import Subscriber
from subscriptions.preference_defaults import Preferences
from subscriptions.services import signup, unsubscribe
from tests.people import ada, subscribe
from tests.subscriptions.letters import token_in

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)
Status = Subscriber.Status
CHOSEN = Preferences(categories=("cs.LG",), filters=("attention",), language="en", timezone="Europe/Paris")


def test_a_sign_up_is_stored_and_asks_for_confirmation() -> None:
    signup.sign_up("Ada@example.org", CHOSEN, now=NOON)
    row = Subscriber.objects.get()
    assert (row.email, row.email_key, row.status) == ("Ada@example.org", "ada@example.org", Status.PENDING)
    assert (row.categories, row.filters, row.timezone) == ("cs.LG", "attention", "Europe/Paris")
    assert row.consent_at is None
    [letter] = outbox.outbox
    assert letter.to == ["Ada@example.org"]
    assert "/confirm/" in str(letter.body)


def test_confirming_twice_makes_one_active_subscriber() -> None:
    signup.sign_up("ada@example.org", CHOSEN)
    token = token_in(outbox.outbox[0])
    first = signup.confirm(token, now=NOON)
    second = signup.confirm(token, now=NOON + timedelta(hours=1))
    assert first.id == second.id
    row = Subscriber.objects.get()
    assert row.status == Status.ACTIVE
    assert (row.consent_at, row.confirmed_at) == (NOON, NOON)


def test_a_confirmation_link_is_valid_for_seven_days() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        signup.sign_up("ada@example.org", CHOSEN)
        clock.shift(timedelta(days=7, seconds=1))
        with pytest.raises(ExpiredToken):
            signup.confirm(token_in(outbox.outbox[0]))
    assert Subscriber.objects.get().status == Status.PENDING


def test_an_old_confirmation_link_brings_nobody_back() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        signup.sign_up("ada@example.org", CHOSEN)
        confirmation = token_in(outbox.outbox[0])
        reader = signup.confirm(confirmation)
        clock.shift(timedelta(hours=1))
        unsubscribe.unsubscribe(tokens.make("unsubscribe", reader.id, reader.key))
        with pytest.raises(BadToken):
            signup.confirm(confirmation)
    assert Subscriber.objects.get().status == Status.UNSUBSCRIBED


def test_somebody_unsubscribed_may_sign_up_again() -> None:
    subscribe(ada, status=Status.UNSUBSCRIBED, unsubscribed_at=NOON)
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        signup.sign_up(ada.email, CHOSEN)
        assert Subscriber.objects.get().status == Status.UNSUBSCRIBED
        signup.confirm(token_in(outbox.outbox[0]))
    row = Subscriber.objects.get()
    assert (row.status, row.categories, row.unsubscribed_at) == (Status.ACTIVE, "cs.LG", None)


def test_a_sign_up_in_the_second_of_unsubscribing_counts() -> None:
    """Tokens know seconds only."""
    left = NOON + timedelta(seconds=0.3)
    subscribe(ada, status=Status.UNSUBSCRIBED, unsubscribed_at=left)
    with time_machine.travel(left + timedelta(seconds=0.3), tick=False):
        signup.sign_up(ada.email, CHOSEN)
        signup.confirm(token_in(outbox.outbox[0]))
    assert Subscriber.objects.get().status == Status.ACTIVE
