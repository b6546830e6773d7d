"""A model that works: what is asked of it, what is kept, and what is never asked twice."""

import json
from datetime import UTC, datetime, time
from decimal import Decimal
from time import monotonic

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from digest.models import Backfill, Delivery, EditionSummary, Summary
from digest.summaries.jobs import PaperText, SummaryJob
from digest.summaries.llm import requests
from digest.summaries.llm.budget import CallBooks
from digest.summaries.llm.configured_models import configured_writers
from digest.summaries.llm.dispatcher import write_all
from digest.summaries.llm.requests import request_owed
from digest.summaries.write import SummaryCounts, find_unwritten, improve_summaries, write_summaries
from tests.summaries.model import CHINESE, GOOD, FakeModel, body, error, hang
from tests.summaries.papers import ABSTRACT, DAY, TITLE, edition, imported, shown, version_at

pytestmark = pytest.mark.django_db

NOON = datetime.combine(DAY, time(12), UTC)
GOOD_TEXT, CHINESE_TEXT = json.dumps(GOOD), json.dumps(CHINESE, ensure_ascii=False)


def test_a_good_answer_is_stored_with_what_it_cost_and_shown(model: FakeModel) -> None:
    made = edition(1)
    assert write_summaries(made, {"en": [0]}) == SummaryCounts(model=1)
    stored = shown(made, 0)
    assert {name: getattr(stored, name) for name in GOOD} == GOOD
    assert (stored.writer, stored.language, stored.prompt_version) == ("small-1", "en", "1")
    assert (stored.prompt_tokens, stored.completion_tokens, stored.cost) == (300, 100, Decimal("0.000105"))
    assert not Backfill.objects.exists()


def test_the_request_names_model_and_language_and_asks_for_json(model: FakeModel) -> None:
    write_summaries(edition(1), {"en": [0]})
    request = model.requests[0]
    assert request["model"] == "small-1"
    assert request["response_format"] == {"type": "json_object"}
    assert "non-empty string in English" in request["messages"][0]["content"]
    assert model.headers[0]["Authorization"] == "Bearer sk-test"


def test_what_the_operator_adds_is_in_each_request(model: FakeModel, settings: Settings) -> None:
    settings.OPENAI_EXTRA_BODY = {"max_tokens": 800, "chat_template_kwargs": {"enable_thinking": False}}
    model.will_answer("no JSON", GOOD_TEXT)
    write_summaries(edition(1), {"en": [0]})
    assert model.calls == 2
    for request in model.requests:
        assert (request["max_tokens"], request["chat_template_kwargs"]) == (800, {"enable_thinking": False})
        assert (request["model"], request["response_format"]) == ("small-1", {"type": "json_object"})


@pytest.mark.parametrize(
    "answer",
    [
        f"```json\n{GOOD_TEXT}\n```",
        f"Sure, here it is:\n\n{GOOD_TEXT}\n\nAnything else?",
        f"<think>The paper says {{nothing}} of note.</think>\n{GOOD_TEXT}",
        json.dumps({"TL;DR": GOOD["tldr"], **{name.title(): text for name, text in GOOD.items() if name != "tldr"}}),
        GOOD_TEXT.replace("37.5%", "37.5\\%"),
    ],
    ids=["fenced", "with chatter", "after thoughts", "other spelling of the keys", "wrongly escaped"],
)
def test_an_answer_in_the_usual_wrappings_is_understood(model: FakeModel, answer: str) -> None:
    model.will_answer(answer)
    made = edition(1)
    assert write_summaries(made, {"en": [0]}) == SummaryCounts(model=1)
    assert shown(made, 0).method == GOOD["method"]
    assert model.calls == 1


def test_a_bad_answer_is_sent_back_once_with_the_complaint(model: FakeModel) -> None:
    model.will_answer(json.dumps({**GOOD, "result": "The cost falls by 41%."}), GOOD_TEXT)
    made = edition(1)
    assert write_summaries(made, {"en": [0]}) == SummaryCounts(model=1)
    *_, answer, complaint = model.requests[1]["messages"]
    assert (answer["role"], "41%" in answer["content"]) == ("assistant", True)
    assert "numbers that title and abstract do not have: 41" in complaint["content"]
    assert shown(made, 0).prompt_tokens == 600


def test_a_service_without_json_format_is_asked_without_it(model: FakeModel, settings: Settings) -> None:
    settings.LLM_CONCURRENCY = 1
    model.will_answer(error(400, "unsupported", "response_format is not supported"), GOOD_TEXT)
    assert write_summaries(edition(3), {"en": range(3)}) == SummaryCounts(model=3)
    assert ["response_format" in request for request in model.requests] == [True, False, False, False]


def test_what_the_service_says_it_cost_is_kept(model: FakeModel) -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": None, "cost": 0.00042}
    model.will_answer(body({"choices": [{"message": {"content": GOOD_TEXT}}], "usage": usage}))
    made = edition(1)
    write_summaries(made, {"en": [0]})
    assert (shown(made, 0).prompt_tokens, shown(made, 0).cost) == (7, Decimal("0.00042"))


def test_each_language_is_written_for_its_own_readers(model: FakeModel, settings: Settings) -> None:
    settings.LLM_CONCURRENCY = 1
    model.will_answer(GOOD_TEXT, CHINESE_TEXT)
    made = edition(1)
    write_summaries(made, {"en": [0], "zh": [0]})
    assert shown(made, 0, "zh").tldr == CHINESE["tldr"]
    assert shown(made, 0, "en").tldr == GOOD["tldr"]
    assert "Simplified Chinese" in model.requests[1]["messages"][0]["content"]


def test_the_model_writes_for_shown_papers_and_the_top_thirty(model: FakeModel) -> None:
    made = edition(40)
    assert write_summaries(made, {"en": [35]}) == SummaryCounts(model=31, extractive=9)
    assert model.calls == 31
    assert shown(made, 35).writer == "small-1"
    assert shown(made, 34).writer == "extractive"
    assert not Backfill.objects.exists()


def test_nothing_is_asked_twice(model: FakeModel) -> None:
    made = edition(2)
    write_summaries(made, {"en": [0, 1]})
    assert write_summaries(made, {"en": [0, 1]}) == SummaryCounts(cached=2)
    EditionSummary.objects.all().delete()
    assert write_summaries(made, {"en": [0, 1]}) == SummaryCounts(model=2)
    assert model.calls == 2


def test_a_model_precedes_imports_and_imports_precede_extracts(model: FakeModel) -> None:
    model.will_answer(GOOD_TEXT)
    made = edition(40)
    imported(made, 0)
    imported(made, 39)
    write_summaries(made, {})
    assert [shown(made, rank).writer for rank in (0, 38, 39)] == ["small-1", "extractive", "imported"]


def test_without_use_model_nothing_is_requested_or_owed(model: FakeModel) -> None:
    assert write_summaries(edition(2), {"en": [0]}, use_model=False) == SummaryCounts(extractive=2)
    assert model.calls == 0
    assert not Backfill.objects.exists()


def test_after_a_rehearsal_the_model_still_writes_summaries(model: FakeModel) -> None:
    made = edition(2)
    write_summaries(made, {"en": [0]}, use_model=False)
    assert write_summaries(made, {"en": [0]}) == SummaryCounts(model=2)
    assert shown(made, 0).tldr == GOOD["tldr"]


def test_once_a_letter_has_left_nothing_that_was_shown_changes(model: FakeModel) -> None:
    made = edition(2)
    write_summaries(made, {"en": [0]}, use_model=False)
    Delivery.objects.create(edition=made, state="accepted", language="en", detail="tldr", created_at=timezone.now())
    assert write_summaries(made, {"en": [0]}) == SummaryCounts(cached=2)
    assert model.calls == 0


def test_after_an_outage_the_next_run_improves_the_edition(model: FakeModel) -> None:
    model.will_answer(error(401), GOOD_TEXT)
    made = edition(2)
    assert write_summaries(made, {"en": [0, 1]}) == SummaryCounts(extractive=2)
    assert write_summaries(made, {"en": [0, 1]}) == SummaryCounts(model=2)
    assert [shown(made, rank).tldr for rank in range(2)] == [GOOD["tldr"]] * 2
    assert not Backfill.objects.filter(done_at=None).exists()


def test_later_runs_ask_again_so_often_and_not_for_ever(model: FakeModel) -> None:
    model.will_answer("no")
    made = edition(1)
    for _ in range(requests.MAX_BACKFILL_ATTEMPTS):
        assert write_summaries(made, {"en": [0]}) == SummaryCounts(extractive=1)
    assert write_summaries(made, {"en": [0]}) == SummaryCounts(cached=1)
    assert find_unwritten(made, {"en": [0]}) == []
    assert model.calls == 2 * requests.MAX_BACKFILL_ATTEMPTS


def test_backfilled_summaries_replace_extractive_ones(model: FakeModel) -> None:
    model.will_answer("no", "no", GOOD_TEXT)
    made = edition(1)
    write_summaries(made, {"en": [0]})
    assert len(request_owed().written) == 1
    assert not request_owed().written
    assert write_summaries(made, {"en": [0]}, use_model=False) == SummaryCounts(model=1)
    assert shown(made, 0).tldr == GOOD["tldr"]
    assert write_summaries(made, {"en": [0]}) == SummaryCounts(cached=1)
    assert Backfill.objects.get().done_at is not None
    assert model.calls == 3


def test_once_a_letter_has_left_the_backfill_shows_nothing(model: FakeModel) -> None:
    model.will_answer("no", "no", GOOD_TEXT)
    made = edition(1)
    write_summaries(made, {"en": [0]})
    Delivery.objects.create(edition=made, state="accepted", language="en", detail="tldr", created_at=timezone.now())
    assert len(request_owed().written) == 1
    with time_machine.travel(NOON):
        assert improve_summaries() == 0
    assert write_summaries(made, {"en": [0]}) == SummaryCounts(cached=1)
    assert shown(made, 0).writer == "extractive"
    assert Summary.objects.get(writer="small-1").tldr == GOOD["tldr"]


def test_a_letter_sent_while_the_model_works_stays_as_it_is(model: FakeModel) -> None:
    model.will_answer("no", "no", GOOD_TEXT)
    made = edition(1)
    write_summaries(made, {"en": [0]})

    def a_letter_leaves(done: int, total: int | None) -> None:
        Delivery.objects.create(edition=made, state="accepted", language="en", detail="tldr", created_at=timezone.now())

    write_summaries(made, {"en": [0]}, a_letter_leaves)
    assert shown(made, 0).writer == "extractive"


def test_a_later_edition_shows_what_the_backfill_wrote(model: FakeModel) -> None:
    model.will_answer("no", "no", GOOD_TEXT)
    made = edition(1)
    write_summaries(made, {"en": [0]})
    request_owed()
    EditionSummary.objects.all().delete()
    assert write_summaries(made, {}) == SummaryCounts(model=1)
    assert model.calls == 3


def test_a_summary_that_never_comes_is_given_up(model: FakeModel) -> None:
    model.will_answer("no")
    write_summaries(edition(1), {"en": [0]})
    for _ in range(requests.MAX_BACKFILL_ATTEMPTS + 2):
        assert not request_owed().written
    assert Backfill.objects.get().attempts == requests.MAX_BACKFILL_ATTEMPTS
    assert model.calls == 2 * requests.MAX_BACKFILL_ATTEMPTS


def test_without_a_model_there_is_no_backfill() -> None:
    made = edition(1)
    Backfill.objects.create(version=version_at(made, 0), language="en", reason="the model service could not be reached")
    assert not request_owed().written


def test_progress_counts_the_answers_of_the_model(model: FakeModel) -> None:
    seen: list[tuple[int, int | None]] = []
    write_summaries(edition(2), {"en": [0, 1]}, lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]


def test_ctrl_c_closes_the_connections_at_once(model: FakeModel, settings: Settings) -> None:
    settings.LLM_CONCURRENCY = 2
    model.will_answer(GOOD_TEXT, hang(0.5))
    made = edition(9)
    writers = configured_writers()
    jobs = [SummaryJob(entry.version_id, "en", PaperText(TITLE, ABSTRACT)) for entry in made.entries.all()]
    outcomes = write_all(writers, jobs, CallBooks(), concurrency=2, seconds=60)
    next(outcomes)
    began = monotonic()
    with pytest.raises(KeyboardInterrupt):
        outcomes.throw(KeyboardInterrupt)
    assert monotonic() - began < 0.4
    assert writers[0].service.client.is_closed()


def test_what_was_written_before_ctrl_c_is_kept(model: FakeModel, settings: Settings) -> None:
    settings.LLM_CONCURRENCY = 1

    def interrupt(done: int, total: int | None) -> None:
        if done == 2:
            raise KeyboardInterrupt

    made = edition(5)
    with pytest.raises(KeyboardInterrupt):
        write_summaries(made, {"en": range(5)}, interrupt)
    kept = Summary.objects.filter(writer="small-1").count()
    assert kept == 2
    assert write_summaries(made, {"en": range(5)}) == SummaryCounts(model=5)
    assert Summary.objects.filter(writer="small-1").count() == 5
