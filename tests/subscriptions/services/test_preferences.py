"""Preferences, pause and coming back, on the page of a subscriber."""

from datetime import UTC, date, datetime

import pytest

from subscriptions.models import Subscriber
from subscriptions.preference_defaults import Preferences
from subscriptions.services import preferences
from tests.people import ada, subscribe

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)
Status = Subscriber.Status


def test_only_the_preferences_are_stored() -> None:
    row = subscribe(ada)
    kept = ("email", "email_key", "status", "epoch", "consent_at", "confirmed_at", "created_at")
    before = [getattr(row, name) for name in kept]
    chosen = Preferences(
        filters=('"diffusion model"',), language="zh", hour=6, days=3, papers=5, minimum=2, detail="titles"
    )
    preferences.change_preferences(row, chosen)
    assert Subscriber.objects.get().preferences() == chosen
    assert [getattr(Subscriber.objects.get(), name) for name in kept] == before


def test_resuming_renews_the_consent() -> None:
    row = subscribe(ada, status=Status.UNSUBSCRIBED, unsubscribed_at=NOON, paused_until=date(2026, 2, 1))
    preferences.resume(row, now=NOON)
    found = Subscriber.objects.get()
    assert (found.status, found.unsubscribed_at, found.paused_until) == (Status.ACTIVE, None, None)
    assert found.consent_at == NOON


def test_a_pause_leaves_the_subscription_as_it_is() -> None:
    row = subscribe(ada)
    before = Subscriber.objects.values().get()
    preferences.pause(row, date(2026, 2, 1))
    assert Subscriber.objects.values().get() == {**before, "paused_until": date(2026, 2, 1)}


def test_resuming_from_a_pause_keeps_the_consent() -> None:
    row = subscribe(ada, paused_until=date(2026, 2, 1))
    before = Subscriber.objects.values().get()
    preferences.resume(row, now=NOON)
    assert Subscriber.objects.values().get() == {**before, "paused_until": None}
