"""Every hour: what a model owes is asked for and shown, until the first letter has left."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, time

import pytest
import time_machine
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from digest import tasks
from digest.models import Backfill, ModelCall
from digest.summaries.backfill import catch_up_summaries
from digest.summaries.llm import batch_collect
from digest.summaries.llm.batch_client import BatchProblem
from digest.summaries.llm.batch_submit import submit_batch
from digest.summaries.write import find_unwritten, write_summaries
from tests.summaries.batch_server import FakeBatchService, well
from tests.summaries.model import GOOD, FakeModel, error
from tests.summaries.papers import DAY, edition, shown, version_at

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    with time_machine.travel(datetime.combine(DAY, time(12), UTC)):
        yield


def test_an_outage_in_the_night_costs_an_hour_and_not_the_day(model: FakeModel) -> None:
    model.will_answer(error(401), json.dumps(GOOD))
    made = edition(3)
    write_summaries(made, {"en": range(3)})
    assert tasks.catch_up_summaries() == 3
    assert {shown(made, rank).writer for rank in range(3)} == {"small-1"}
    assert tasks.catch_up_summaries() == 0
    assert model.calls == 4


def test_a_batch_is_taken_in_and_shown(model: FakeModel, model_server: HTTPServer) -> None:
    batch_service, made = FakeBatchService(model_server), edition(2)
    submit_batch(find_unwritten(made, {"en": range(2)}))
    write_summaries(made, {}, use_model=False)
    assert catch_up_summaries() == 0
    batch_service.finish(well)
    assert catch_up_summaries() == 2
    assert model.calls == 0


def test_batches_that_cannot_be_collected_block_no_requests(
    model: FakeModel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away() -> None:
        raise BatchProblem("the model service is out of order (500)")

    made = edition(1)
    Backfill.objects.create(version=version_at(made, 0), language="en", reason="the model service was away")
    write_summaries(made, {}, use_model=False)
    monkeypatch.setattr(batch_collect, "collect_batches", away)
    assert catch_up_summaries() == 1
    assert "out of order (500)" in caplog.text


def test_the_caps_hold(model: FakeModel, settings: Settings) -> None:
    made = edition(3)
    model.will_answer(error(401), json.dumps(GOOD))
    write_summaries(made, {"en": range(3)})
    settings.LLM_MAX_CALLS = 2
    assert catch_up_summaries() == 2
    assert model.calls == 3


def test_without_a_model_nothing_is_done_and_nobody_asked() -> None:
    made = edition(1)
    Backfill.objects.create(version=version_at(made, 0), language="en", reason="the model service was away")
    write_summaries(made, {})
    assert catch_up_summaries() == 0
    assert shown(made, 0).writer == "extractive"
    assert not ModelCall.objects.exists()
