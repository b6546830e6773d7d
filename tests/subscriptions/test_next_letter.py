"""Pages tell people when a letter comes."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import translation

from subscriptions.links import tokens
from subscriptions.models import Subscriber
from subscriptions.next_letter import describe_next_letter
from tests.people import ada, subscribe

THURSDAY_NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "hour", "days", "text"),
    [
        ("en", 13, 127, "today at 13:00 (Europe/London)"),
        ("en", 8, 127, "tomorrow at 08:00 (Europe/London)"),
        ("en", 8, 1, "on Monday, 23 November 2026 at 08:00 (Europe/London)"),
        ("en", 8, 64, "on Sunday, 22 November 2026 at 08:00 (Europe/London)"),
        ("en", 8, 0, ""),
        ("zh-hans", 8, 127, "明天 08:00（Europe/London）"),
    ],
)
def test_a_letter_is_expected_at_the_persons_own_hour(language: str, hour: int, days: int, text: str) -> None:
    with translation.override(language):
        person = Subscriber(timezone="Europe/London", hour=hour, days=days)
        assert describe_next_letter(person, THURSDAY_NOON) == text


@pytest.mark.django_db
def test_whoever_confirms_is_told_when_the_first_letter_comes(client: Client) -> None:
    row = subscribe(ada, status="pending", timezone="Asia/Tokyo")
    answer = client.post(f"/confirm/{tokens.make('confirm', row.id, row.epoch)}/", follow=True)
    page = " ".join(answer.content.decode().split())
    assert "Your address is confirmed." in page
    assert " at 08:00 (Asia/Tokyo) at the latest" in page
