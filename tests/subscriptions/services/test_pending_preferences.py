"""Preferences of a sign-up for a known address wait for its confirmation."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail as outbox

from subscriptions.models import Subscriber
from subscriptions.preference_defaults import Preferences
from subscriptions.services import pending_preferences, signup
from tests.people import ada, subscribe
from tests.subscriptions.letters import token_in

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)
Status = Subscriber.Status
CHOSEN = Preferences(categories=("cs.LG",), filters=("attention",), language="en", timezone="Europe/Paris")
OTHERS = Preferences(categories=("hep-th",), filters=("string",), language="zh")


@pytest.mark.parametrize("status", [Status.UNSUBSCRIBED, Status.PENDING])
def test_preferences_wait_for_the_confirmation(status: str) -> None:
    left = {"unsubscribed_at": NOON} if status == Status.UNSUBSCRIBED else {}
    subscribe(ada, status=status, **left)
    before = Subscriber.objects.get().preferences()
    signup.sign_up("ADA@EXAMPLE.org", OTHERS)
    row = Subscriber.objects.get()
    assert (row.preferences(), row.email, row.status) == (before, ada.email, status)
    [letter] = outbox.outbox
    assert "hep-th" in str(letter.body)
    signup.confirm(token_in(letter))
    row = Subscriber.objects.get()
    assert (row.preferences(), row.wishes) == (OTHERS, {})


def test_each_confirmation_brings_what_its_letter_said() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        signup.sign_up("ada@example.org", CHOSEN)
        clock.shift(timedelta(minutes=1))
        signup.sign_up("ada@example.org", OTHERS)
        clock.shift(timedelta(minutes=1))
        signup.sign_up("ada@example.org", Preferences(filters=("third",)))
        assert len(outbox.outbox) == 3, "whoever corrects a sign-up gets the letter for it at once"
        tokens_sent = [token_in(letter) for letter in outbox.outbox]
        for token, preferences in zip(tokens_sent, (CHOSEN, OTHERS), strict=False):
            kept = Subscriber.objects.values("wishes", "status").get()
            assert signup.confirm(token).preferences() == preferences
            Subscriber.objects.update(**kept, **CHOSEN.columns())


def test_only_the_newest_pending_preferences_are_kept() -> None:
    row = subscribe(ada, status=Status.UNSUBSCRIBED)
    for hour in range(pending_preferences.MAX_PENDING + 2):
        columns = Preferences(filters=("attention",), hour=hour).columns()
        pending_preferences.add(row, columns, NOON + timedelta(minutes=hour))
    row = Subscriber.objects.get()
    assert len(row.wishes["kept"]) == pending_preferences.MAX_PENDING
    assert pending_preferences.newest_columns(row)["hour"] == pending_preferences.MAX_PENDING + 1
    assert pending_preferences.columns_at(row, NOON) == {}
    assert pending_preferences.columns_at(row, NOON + timedelta(minutes=2))["hour"] == 2
