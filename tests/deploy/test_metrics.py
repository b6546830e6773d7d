"""What a Prometheus reads of us, and that nobody else does."""

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from kombu import Connection, Producer, Queue
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries, Settings

from deploy import broker
from digest.models import Alarm, Edition, LedgerLine, ModelCall, Run, Version
from tests.delivery.outbox_rows import DAY, crowd, frozen_edition, planned
from tests.editions.rows import announce

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


def test_sources_that_failed_are_told_by_name(client: Client) -> None:
    """What a later run of the same day got counts, not what an earlier one did not."""
    LedgerLine.objects.create(day=DAY, category="math.CO", state="partial", verdict="broken")
    LedgerLine.objects.create(day=DAY - timedelta(days=1), category="math.CO", state="partial", verdict="broken")
    down, well = "unavailable: no answer", 12
    for hour, huggingface, github in ((1, down, down), (2, well, down)):
        started = timezone.now() + timedelta(hours=hour)
        signals = {"huggingface": huggingface, "github": github}
        Run.objects.create(day=DAY, source="arxiv", started_at=started, report={"signals": signals})
    Run.objects.create(day=DAY, source="arxiv", started_at=timezone.now() + timedelta(hours=3), report={"signals": {}})
    found = read(client)
    failures = {key[1]: value for key, value in found.items() if key[0] == "preprint_post_source_failures"}
    assert failures == {"arxiv": 2, "huggingface": 0, "github": 1}


def test_calls_of_models_are_told_by_outcome_and_cost(client: Client) -> None:
    announce("Attention in trees", "cs.LG", day=DAY)
    fields = {"version": Version.objects.get(), "language": "en", "model": "m", "prompt_version": "1"}
    for state, cost in (("accepted", "0.25"), ("accepted", "0.5"), ("rejected", "0.125")):
        ModelCall.objects.create(state=state, cost=Decimal(cost), prompt_tokens=10, completion_tokens=1, **fields)
    found = read(client)
    assert found["preprint_post_model_calls", "day", "accepted"] == 2
    assert found["preprint_post_model_calls", "month", "rejected"] == 1
    assert found["preprint_post_model_cost_dollars", "day"] == 0.875
    assert found["preprint_post_model_tokens", "month"] == 33


def test_tasks_that_wait_are_counted(client: Client, settings: Settings) -> None:
    with (
        Connection(
            transport=settings.CELERY_BROKER_TRANSPORT, transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS
        ) as connection,
        connection.channel() as channel,
    ):
        producer, queue = Producer(channel), Queue("letters", channel=channel)
        queue.declare()
        for _ in range(3):
            producer.publish({}, routing_key="letters")
    assert read(client)["preprint_post_queued_tasks", "letters"] == 3


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
        LedgerLine.objects.create(day=DAY - timedelta(days=day), category="cs.LG", stored=7, state="complete")
    with django_assert_num_queries(13):
        read(client)


def test_a_broker_that_is_away_hides_only_its_queues(client: Client, settings: Settings) -> None:
    settings.CELERY_BROKER_URL, settings.CELERY_BROKER_TRANSPORT = "redis://127.0.0.1:9/0", None
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {}
    found = read(client)
    assert not [key for key in found if key[0] == "preprint_post_queued_tasks"]
    assert found["preprint_post_alarms",] == 0
