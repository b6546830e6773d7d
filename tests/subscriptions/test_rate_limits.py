"""Limits hold against those who try them, and lock out nobody else."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail as outbox
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from subscriptions import rate_limits
from subscriptions.account_requests.drain import drain_outbox
from subscriptions.models import Count, Subscriber
from tests.people import ada, subscribe

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)
FAR = 1_000_001
SIGN_UP = {"email": "new@example.org", "filters": "attention", "language": "en"}


def sign_up(client: Client, email: str, place: int = 1) -> None:
    answer = client.post("/", {**SIGN_UP, "email": email}, REMOTE_ADDR=f"198.51.100.{place}")
    assert answer["Location"] == "/sent/?for=confirm"


def test_one_client_cannot_use_up_the_limit_of_a_domain(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "PER_CLIENT", rate_limits.Limit(3, rate_limits.HOUR))
    monkeypatch.setattr(rate_limits, "PER_DOMAIN", rate_limits.Limit(4, rate_limits.HOUR))
    for number in range(20):
        sign_up(client, f"p{number}@example.org")
    sign_up(client, "somebody@example.org", place=2)
    assert len(outbox.outbox) == 4


def test_requests_without_a_letter_count_for_no_address(client: Client) -> None:
    subscribe(ada, id=FAR)
    for _turn in range(10):
        client.post("/link/", {"email": ada.email}, REMOTE_ADDR="198.51.100.9")
    assert len(outbox.outbox) == 1
    Subscriber.objects.update(mailed_at=None)
    client.post("/link/", {"email": ada.email})
    assert len(outbox.outbox) == 2


def test_the_names_of_one_mailbox_share_its_limit(client: Client) -> None:
    for number in range(10):
        sign_up(client, f"ada.l+{number}@gmail.com", place=number)
    sign_up(client, "adal@googlemail.com", place=99)
    assert len(outbox.outbox) == rate_limits.PER_MAILBOX.letters


def test_a_domain_that_strangers_share_has_room_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "PER_DOMAIN", rate_limits.Limit(2, rate_limits.HOUR))
    assert all(rate_limits.allow_letter(f"p{number}@gmail.com") for number in range(5))
    assert [rate_limits.allow_letter(f"p{number}@example.org") for number in range(3)] == [True, True, False]


def test_a_domain_over_its_limit_is_logged_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rate_limits, "PER_DOMAIN", rate_limits.Limit(2, rate_limits.HOUR))
    for number in range(6):
        rate_limits.allow_letter(f"p{number}@example.org")
    assert [record.message for record in caplog.records] == [
        "More than 2 letters were asked for to example.org: no more for now."
    ]


def test_a_window_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "PER_MAILBOX", rate_limits.Limit(1, rate_limits.DAY))
    with time_machine.travel(NOON, tick=False) as clock:
        assert [rate_limits.allow_letter(ada.email) for _turn in range(2)] == [True, False]
        clock.shift(timedelta(days=1))
        assert [rate_limits.allow_letter(ada.email) for _turn in range(2)] == [True, False]
        clock.move_to(NOON - timedelta(days=300))
        assert rate_limits.allow_letter(ada.email), "a clock that was set back locks nobody out"


def test_counts_are_few_anonymous_and_expire(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "BUCKET_BITS", 3)
    with time_machine.travel(NOON, tick=False):
        for number in range(50):
            rate_limits.allow_letter(f"p{number}@d{number}.example")
        assert 2 < Count.objects.count() <= 2 * 8
        assert not any("example" in bucket for bucket in Count.objects.values_list("bucket", flat=True))
    drain_outbox(NOON + timedelta(days=2))
    assert not Count.objects.exists()


def test_counting_is_cheap(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    rate_limits.allow_letter(ada.email)
    with django_assert_max_num_queries(2):
        rate_limits.allow_letter(ada.email)
