"""What a Prometheus reads of us, and that nobody else does."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries, Settings

from deploy import broker
from digest.models import Alarm, Edition, LedgerLine
from tests.delivery.outbox_rows import DAY, crowd, frozen_edition, planned

pytestmark = pytest.mark.django_db
TOKEN = "p0st-0ffice-metrics"


@pytest.fixture(autouse=True)
def prometheus(settings: Settings, tmp_path: Path) -> None:
    """Who knows the token, and an empty broker: in one that tests share, others' tasks may wait."""
    settings.METRICS_TOKEN = TOKEN
    settings.CELERY_BROKER_URL = "filesystem://localhost"
    settings.CELERY_BROKER_TRANSPORT = broker.transport(settings.CELERY_BROKER_URL)
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = broker.transport_options(settings.CELERY_BROKER_URL, tmp_path)


def read(client: Client) -> Mapping[tuple[str, ...], float]:
    """Return the values by the name and the labels' values in the order of the labels' names."""
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert re.match(r"text/plain; version=", answer["Content-Type"])
    families = text_string_to_metric_families(answer.content.decode())
    samples = [sample for family in families for sample in family.samples]
    return {(each.name, *(each.labels[name] for name in sorted(each.labels))): each.value for each in samples}


@pytest.mark.parametrize("shown", [None, "", "Bearer ", "Bearer wrong", TOKEN[:-1], "Basic cDBzdA==", "Bearer \u00e9"])
def test_strangers_find_no_such_page(client: Client, shown: str | None) -> None:
    headers = {} if shown is None else {"Authorization": shown}
    assert client.get("/metrics", headers=headers).status_code == 404


def test_without_a_token_there_is_no_such_page(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_letters_are_told_by_state_and_how_late_they_are(client: Client) -> None:
    edition, now = frozen_edition(), timezone.now()
    Edition.objects.update(frozen_at=now)
    planned(edition, crowd(2), state="accepted", finished_at=now)
    planned(edition, crowd(1, first=3), not_after=now + timedelta(hours=17))
    planned(edition, crowd(1, first=4), not_after=now + timedelta(hours=10), not_before=now + timedelta(hours=1))
    found = read(client)
    assert found["preprint_post_letters", str(DAY), "accepted"] == 2
    assert found["preprint_post_letters", str(DAY), "pending"] == 2
    assert found["preprint_post_oldest_waiting_letter_seconds",] == pytest.approx(3600, abs=60)
    assert found["preprint_post_readers", "active"] == 4


def test_letters_of_a_paused_edition_are_not_late(client: Client) -> None:
    planned(frozen_edition(), crowd(1))
    Edition.objects.update(paused=True)
    found = read(client)
    assert found["preprint_post_oldest_waiting_letter_seconds",] == 0
    assert found["preprint_post_paused_editions",] == 1


def test_papers_sources_and_alarms_are_told(client: Client) -> None:
    LedgerLine.objects.create(day=DAY, category="cs.LG", stored=7, state="complete")
    LedgerLine.objects.create(day=DAY, category="math.CO", stored=1, state="partial", verdict="broken")
    Alarm.objects.create(key="disk", text="full", to_do="make room", began_at=timezone.now(), seen_at=timezone.now())
    found = read(client)
    assert found["preprint_post_papers", "cs.LG", str(DAY)] == 7
    assert found["preprint_post_broken_listings",] == 1
    assert found["preprint_post_alarms",] == 1
    assert found["preprint_post_queued_tasks", "letters"] == 0
    assert found["preprint_post_model_cost_dollars", "day"] == 0


def test_requests_are_counted_by_page_and_answer(client: Client) -> None:
    def counted() -> tuple[float, float]:
        found = read(client)
        home = found.get(("preprint_post_requests_total", "GET", "subscriptions:home", "200"), 0.0)
        lost = found.get(("preprint_post_requests_total", "other", "none", "404"), 0.0)
        return home, lost

    before = counted()
    client.get("/")
    client.generic("BREW", "/no-such-page/")
    assert counted() == (before[0] + 1, before[1] + 1)


def test_the_queries_do_not_grow_with_the_letters(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    planned(frozen_edition(), crowd(9))
    for day in (1, 2, 3):
        frozen_edition(DAY - timedelta(days=day))
    with django_assert_num_queries(9):
        read(client)


def test_a_broker_that_is_away_hides_only_its_queues(client: Client, settings: Settings) -> None:
    settings.CELERY_BROKER_URL, settings.CELERY_BROKER_TRANSPORT = "redis://127.0.0.1:9/0", None
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}
    found = read(client)
    assert not [key for key in found if key[0] == "preprint_post_queued_tasks"]
    assert found["preprint_post_alarms",] == 0
