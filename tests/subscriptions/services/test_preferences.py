"""Preferences, pause and coming back, on the page of a subscriber."""

from datetime import UTC, date, datetime, timedelta

import pytest

from subscriptions.models import FormerInterests, Subscriber
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


def test_resuming_from_a_pause_keeps_the_consent_and_the_day_on_which_the_pause_ended() -> None:
    row = subscribe(ada, paused_until=NOON.date() + timedelta(days=9))
    before = Subscriber.objects.values().get()
    preferences.resume(row, now=NOON)
    assert Subscriber.objects.values().get() == {**before, "paused_until": NOON.date()}


def test_a_pause_that_ended_by_itself_ended_when_it_did() -> None:
    row = subscribe(ada, paused_until=NOON.date() - timedelta(days=9))
    preferences.resume(row, now=NOON)
    assert Subscriber.objects.get().paused_until == NOON.date() - timedelta(days=9)


def test_a_letters_link_makes_letters_fewer_and_never_more() -> None:
    row = subscribe(ada, days=0b0011111, papers=10, minimum=8)
    preferences.reduce_letters(row, days=0b1000010, hour=6, papers=4)
    found = Subscriber.objects.get()
    assert (found.days, found.hour, found.papers, found.minimum) == (0b1000010, 6, 4, 4)
    assert found.changed_at
    preferences.reduce_letters(row, days=0b1111111, hour=7, papers=30)
    found = Subscriber.objects.get()
    assert (found.days, found.hour, found.papers, found.minimum) == (0b1000010, 7, 4, 4)


def test_a_letters_link_never_shortens_a_pause() -> None:
    row, short, long = subscribe(ada), date(2026, 2, 1), date(2026, 3, 1)
    for until, paused_until in ((short, short), (long, long), (short, long)):
        preferences.extend_pause(row, until)
        assert Subscriber.objects.get().paused_until == row.paused_until == paused_until


def test_former_interests_are_kept_only_where_they_change() -> None:
    row = subscribe(ada)
    preferences.change_preferences(row, Preferences(row.preferences().categories, hour=5))
    assert not FormerInterests.objects.exists()
    preferences.change_preferences(row, Preferences(filters=("attention",)))
    former = FormerInterests.objects.get()
    assert (former.subscriber_id, former.categories, former.filters) == (ada.id, "cs.LG stat.ML", "")
