"""The second model: asked where the first gave nothing that can be used, and only then."""

import json
import logging

import pytest
from pytest_django import Settings

from digest.models import Backfill, ModelCall, Summary
from digest.summaries.llm.requests import request_owed
from digest.summaries.write import SummaryCounts, write_summaries
from tests.summaries.model import GOOD, FakeModel, completion, error
from tests.summaries.papers import edition, shown

pytestmark = pytest.mark.django_db

GOOD_TEXT = json.dumps(GOOD)


@pytest.fixture
def second(model: FakeModel, settings: Settings) -> FakeModel:
    settings.OPENAI_FALLBACK_MODEL = "second-1"
    model.will_answer_as("second-1", GOOD_TEXT)
    return model


def test_a_good_first_model_leaves_the_second_alone(second: FakeModel) -> None:
    assert write_summaries(edition(2), {"en": [0, 1]}) == SummaryCounts(model=2)
    assert second.calls_of("second-1") == 0


def test_after_two_bad_answers_the_second_model_begins_anew(second: FakeModel) -> None:
    second.will_answer("no")
    made = edition(1)
    assert write_summaries(made, {"en": [0]}) == SummaryCounts(model=1)
    assert (second.calls_of("small-1"), second.calls_of("second-1")) == (2, 1)
    assert [message["role"] for message in second.requests[2]["messages"]] == ["system", "user"]
    assert shown(made, 0).writer == "second-1"
    assert shown(made, 0).prompt_tokens == 900
    assert not Backfill.objects.exists()


@pytest.mark.parametrize("answer", [completion(None, refusal="No."), error(400, "content_filter"), error(404)])
def test_a_refusal_of_the_first_is_a_question_to_the_second(second: FakeModel, answer: object) -> None:
    second.will_answer(answer)  # type: ignore[arg-type]
    assert write_summaries(edition(1), {"en": [0]}) == SummaryCounts(model=1)
    assert (second.calls_of("small-1"), second.calls_of("second-1")) == (1, 1)


def test_the_second_model_replaces_one_with_a_refused_key(
    second: FakeModel, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.LLM_CONCURRENCY = 1
    second.will_answer(error(401))
    assert write_summaries(edition(9), {"en": range(9)}) == SummaryCounts(model=9)
    assert (second.calls_of("small-1"), second.calls_of("second-1")) == (1, 9)
    assert [record.levelno for record in caplog.records if record.name.startswith("digest")] == [logging.ERROR]


def test_if_both_models_fail_both_reasons_are_stored(second: FakeModel) -> None:
    second.will_answer("no")
    second.will_answer_as("second-1", error(400, "content_filter"))
    made = edition(1)
    assert write_summaries(made, {"en": [0]}) == SummaryCounts(extractive=1)
    reason = Backfill.objects.get().reason
    assert reason.startswith("the answer cannot be used")
    assert "; then the model service's filter refuses the paper" in reason


def test_when_both_are_down_both_are_left_alone(second: FakeModel, settings: Settings) -> None:
    settings.LLM_CONCURRENCY = 1
    second.will_answer(error(502))
    second.will_answer_as("second-1", error(403))
    assert write_summaries(edition(30), {"en": range(30)}) == SummaryCounts(extractive=30)
    assert second.calls_of("second-1") == 1
    assert second.calls_of("small-1") == 15
    assert Backfill.objects.count() == 30


def test_the_second_model_has_its_own_address_and_prices(second: FakeModel, settings: Settings) -> None:
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    settings.OPENAI_FALLBACK_BASE_URL, settings.OPENAI_FALLBACK_API_KEY = second.address, "sk-other"
    settings.OPENAI_FALLBACK_PRICE_IN = settings.OPENAI_FALLBACK_PRICE_OUT = 1000
    assert write_summaries(edition(1), {"en": [0]}) == SummaryCounts(model=1)
    assert second.headers[0]["Authorization"] == "Bearer sk-other"
    assert ModelCall.objects.get(state="accepted").cost * 10 == 4


def test_summaries_of_the_second_model_are_not_requested_again(second: FakeModel) -> None:
    second.will_answer("no")
    made = edition(1)
    write_summaries(made, {"en": [0]})
    assert write_summaries(made, {"en": [0]}) == SummaryCounts(cached=1)
    made.entries.get().summaries.all().delete()
    assert write_summaries(made, {"en": [0]}) == SummaryCounts(model=1)
    assert not request_owed().written
    assert second.calls == 3
    assert Summary.objects.count() == 1
