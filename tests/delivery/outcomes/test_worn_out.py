"""An address that takes no letter for weeks is left in peace. One bad week is no reason, nor is it when one arrived."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from digest.delivery.webhooks import events
from digest.models import Delivery, DeliveryEvent
from subscriptions.address_hashes import hash_address
from subscriptions.models import Subscriber, Suppression
from tests.delivery.outbox_rows import NOW, crowd, frozen_edition, planned
from tests.web.webhooks import SETTINGS, post

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ADDRESS = "reader1@example.org"


@pytest.fixture(autouse=True)
def _keys(settings: Settings) -> None:
    settings.ANYMAIL = SETTINGS
    cache.clear()


@pytest.fixture
def reader() -> Subscriber:
    [person] = crowd(1)
    return person


def letters(reader: Subscriber, *days: int) -> list[Delivery]:
    """One letter on each of the *days*, counted from NOW, taken by the provider."""
    return [
        planned(
            frozen_edition((NOW + DAY * number).date()),
            [reader],
            state="accepted",
            provider_id=f"letter-{number}",
            finished_at=NOW + DAY * number,
        )[0]
        for number in days
    ]


def comes(client: Client, event: str, days: Sequence[int], at: datetime | None = None) -> None:
    """What Brevo tells of the letters of these days, an hour after each."""
    for number in days:
        moment = at or NOW + DAY * number + timedelta(hours=1)
        with time_machine.travel(moment, tick=False):
            told = {"event": event, "email": ADDRESS, "message-id": f"letter-{number}", "reason": "452 full"}
            assert post(client, "brevo", {**told, "ts_epoch": int(moment.timestamp() * 1000)}) == 200


def name_address(address_hash: str) -> str:
    return ADDRESS if address_hash == hash_address(ADDRESS) else address_hash


def suppressed() -> list[tuple[str, str]]:
    return [(name_address(each), reason) for each, reason in Suppression.objects.values_list("address_hash", "reason")]


def test_five_soft_bounces_in_two_weeks_are_enough(client: Client, reader: Subscriber) -> None:
    days = (0, 3, 7, 11, 14)
    letters(reader, *days)
    comes(client, "soft_bounce", days[:-1])
    assert suppressed() == []
    comes(client, "soft_bounce", days[-1:])
    assert suppressed() == [(ADDRESS, "soft_bounces")]
    reader.refresh_from_db()
    assert reader.status == "active", "they may come back with another address"


def test_every_day_of_one_bad_week_is_not(client: Client, reader: Subscriber) -> None:
    letters(reader, *range(13))
    comes(client, "soft_bounce", range(13))
    assert suppressed() == []


def test_one_letter_told_of_five_times_is_one(client: Client, reader: Subscriber) -> None:
    letters(reader, 0, 20)
    for hours in range(5):
        comes(client, "soft_bounce", [0], NOW + timedelta(hours=hours))
    comes(client, "soft_bounce", [20])
    assert suppressed() == []


@pytest.mark.parametrize("event", ["delivered", ""])
def test_a_letter_that_arrived_in_between_begins_anew(client: Client, reader: Subscriber, event: str) -> None:
    """Or of which nothing was heard: not every provider tells of those that arrive."""
    days = (0, 3, 7, 11, 14)
    letters(reader, *days, 5)
    if event:
        comes(client, event, [5])
    comes(client, "soft_bounce", days)
    assert suppressed() == []


def test_letters_of_the_last_days_do_not_count(client: Client, reader: Subscriber) -> None:
    days = (0, 3, 7, 11, 14)
    letters(reader, *days, 15, 16)
    comes(client, "soft_bounce", days, NOW + 17 * DAY)
    assert suppressed() == [(ADDRESS, "soft_bounces")]


def test_a_letter_that_bounces_after_arriving_counts(client: Client, reader: Subscriber) -> None:
    days = (0, 3, 7, 11, 14)
    letters(reader, *days)
    comes(client, "delivered", days)
    assert suppressed() == []
    comes(client, "soft_bounce", days, NOW + 15 * DAY)
    assert suppressed() == [(ADDRESS, "soft_bounces")]


def test_a_lifted_suppression_begins_anew_when_a_letter_arrives(client: Client, reader: Subscriber) -> None:
    days = (0, 3, 7, 11, 14)
    letters(reader, *days, 15, 16)
    comes(client, "soft_bounce", days)
    Suppression.objects.all().delete()
    comes(client, "delivered", [15])
    comes(client, "soft_bounce", [16])
    assert suppressed() == []


@pytest.mark.parametrize(("number", "days", "enough"), [(0, 14, False), (3, 7, True), (6, 14, False), (5, 15, False)])
def test_how_many_and_over_how_long_is_the_operators(
    client: Client, reader: Subscriber, settings: Settings, number: int, days: int, enough: bool
) -> None:
    settings.SOFT_BOUNCES, settings.SOFT_BOUNCE_TIME = number, timedelta(days=days)
    letters(reader, 0, 3, 7, 11, 14)
    comes(client, "soft_bounce", (0, 3, 7, 11, 14))
    assert bool(suppressed()) is enough


def test_only_letters_to_the_address_count(client: Client, reader: Subscriber) -> None:
    letters(reader, 0)
    [other] = crowd(1, first=2)
    for row in Delivery.objects.all():
        for number in range(4):
            planned(frozen_edition((NOW - DAY * (20 + number)).date()), [other], state="accepted", finished_at=NOW)
        assert row.subscriber == reader
    comes(client, "soft_bounce", [0, 99])
    assert suppressed() == []


@pytest.mark.data
def test_a_real_soft_bounce_of_a_provider_is_counted(client: Client, reader: Subscriber, shared_data: Path) -> None:
    captures = json.loads((shared_data / "captures" / "esp_webhooks" / "brevo.json").read_text())
    [payload] = [each["payload"] for each in captures if each["payload"].get("event") == "soft_bounce"][:1]
    days = (0, 3, 7, 11, 14)
    rows = letters(reader, *days)
    comes(client, "soft_bounce", days[:-1])
    Delivery.objects.filter(id=rows[-1].id).update(provider_id=payload["message-id"])
    with time_machine.travel(NOW + 14 * DAY, tick=False):
        assert post(client, "brevo", payload) == 200
        assert post(client, "brevo", payload) == 200
    assert suppressed() == [(hash_address(payload["email"]), "soft_bounces")]


def test_events_are_forgotten_in_time_and_the_suppression_stays(
    client: Client, reader: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "ROWS_PER_DELETE", 2)
    days = (0, 3, 7, 11, 14)
    letters(reader, *days, 100)
    comes(client, "soft_bounce", days)
    comes(client, "soft_bounce", [100])
    now = NOW + 195 * DAY
    assert events.delete_expired(now) == 5
    assert DeliveryEvent.objects.get().message_id == "letter-100"
    assert events.delete_expired(now) == 0
    assert suppressed() == [(ADDRESS, "soft_bounces")]


def test_letters_whose_events_may_be_forgotten_are_not_asked_for(client: Client, reader: Subscriber) -> None:
    days = (0, 50, 100, 150, 181)
    letters(reader, *days)
    comes(client, "soft_bounce", days)
    assert suppressed() == [], "the first of the five is older than what is kept"
