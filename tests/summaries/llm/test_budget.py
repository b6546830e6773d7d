"""What a run and a day may cost, and what is written down of it."""

import json
import logging
import os
import signal
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from digest.management.report_text import format_model_use
from digest.models import Backfill, ModelCall
from digest.summaries.llm.budget import ModelUse, count_calls, spent_today, sum_spending
from digest.summaries.llm.errors import MAX_WORDS_LENGTH, mask_keys
from digest.summaries.llm.requests import request_owed
from digest.summaries.write import SummaryCounts, write_summaries
from tests.processes import Child, shared_database
from tests.summaries import killed_writer
from tests.summaries.model import CHINESE, GOOD, FakeModel, body, completion, error, hang
from tests.summaries.papers import edition, version_at

pytestmark = pytest.mark.django_db

GOOD_TEXT = json.dumps(GOOD)
# 300 tokens in and 100 out, at the default prices.
ONE_ANSWER = Decimal("0.000105")


def test_a_run_tells_calls_tokens_and_cost(model: FakeModel) -> None:
    use = write_summaries(edition(3), {"en": range(3)}).use
    assert use == ModelUse(calls=3, prompt_tokens=900, completion_tokens=300, cost=3 * ONE_ANSWER, accepted=3)


def test_a_second_run_makes_no_call_and_counts_its_cache_hits(model: FakeModel) -> None:
    made = edition(3)
    write_summaries(made, {"en": range(3)})
    assert write_summaries(made, {"en": range(3)}).use == ModelUse(cache_hits=3)
    assert model.calls == 3


def test_rejected_answers_are_counted_and_recorded_by_reason(model: FakeModel, settings: Settings) -> None:
    settings.LLM_CONCURRENCY = 1
    wrong = json.dumps({**GOOD, "result": "The cost falls by 41%."})
    model.will_answer(wrong, GOOD_TEXT, json.dumps(CHINESE), "no", completion(None, refusal="No."))
    use = write_summaries(edition(3), {"en": range(3)}).use
    assert use.rejected == {"numbers": 1, "language": 1, "no JSON": 1, "refusal": 1}
    assert use.cost == 5 * ONE_ANSWER
    row = ModelCall.objects.get(reason="numbers")
    assert (row.state, row.detail) == (
        "rejected",
        '"result" has numbers that title and abstract do not have: 41',
    )


def test_failed_calls_are_counted_by_reason_and_cost_nothing(model: FakeModel) -> None:
    model.will_answer(error(500), GOOD_TEXT)
    use = write_summaries(edition(1), {"en": [0]}).use
    assert (use.calls, use.failed) == (2, {"the model service is out of order (500)": 1})
    assert use.cost == spent_today() == ONE_ANSWER


def test_the_words_of_the_service_are_kept_once_without_the_key(model: FakeModel) -> None:
    said = "Incorrect API key provided: sk-te**st.\nIt ends with test, not sk-test; see \x1b[31mabc"
    model.will_answer(error(401, "invalid_api_key", said))
    use = write_summaries(edition(3), {"en": range(3)}).use
    assert use.said == {
        "the model service refuses the key (401)": "Incorrect API key provided: (key) It ends with (key) not (key); see"
        " [31mabc"
    }
    assert ModelCall.objects.get().detail == use.said[use.main_fault]
    assert [line for line in format_model_use(use.as_json()) if "says" in line] == [
        "the service says: Incorrect API key provided: (key) It ends with (key) not (key); see [31mabc"
    ]


@pytest.mark.parametrize(
    "key", ["sk-proj-9fK2mQ7xLw3Tz8Vb5Nc1", "gsk_abcdefghijkl", "0123456789abcdef0123456789abcdef"]
)
def test_no_part_of_a_key_is_told(key: str) -> None:
    for part in (key, key[:8], key[-6:], f"'{key}'", f"key={key},", f"Bearer:{key}"):
        assert key[-6:] not in (told := mask_keys(f"The key {part} is wrong. " * 40, key))
        assert part not in told
        assert len(told) <= MAX_WORDS_LENGTH


def test_a_run_without_any_summary_names_its_main_fault(model: FakeModel) -> None:
    assert ModelUse().main_fault == ""
    model.will_answer(error(403))
    made = edition(1)
    assert write_summaries(made, {"en": [0]}).use.main_fault == "the model service refuses access (403)"
    model.will_answer(GOOD_TEXT)
    assert write_summaries(made, {"en": [0]}).use.main_fault == ""


def test_cost_tokens_and_calls_are_summed_by_day_and_month(model: FakeModel) -> None:
    write_summaries(edition(2), {"en": range(2)})
    first, second = ModelCall.objects.order_by("id")
    now = datetime(2026, 5, 20, 12, tzinfo=UTC)
    for row, created_at in ((first, now), (second, now.replace(day=1, hour=0))):
        ModelCall.objects.filter(id=row.pk).update(created_at=created_at)
    assert sum_spending(now) == {
        "day": {"cost": float(ONE_ANSWER), "tokens": 400},
        "month": {"cost": float(2 * ONE_ANSWER), "tokens": 800},
    }
    assert sum_spending(now.replace(month=6))["month"] == {"cost": 0.0, "tokens": 0}
    assert count_calls(now) == {"day": {"accepted": 1}, "month": {"accepted": 2}}


def test_an_answer_that_was_cut_off_is_told_so(model: FakeModel) -> None:
    choice = {"index": 0, "message": {"content": GOOD_TEXT[:90]}, "finish_reason": "length"}
    model.will_answer(body({"choices": [choice]}), GOOD_TEXT)
    assert write_summaries(edition(1), {"en": [0]}).use.rejected == {"cut off": 1}
    assert "be shorter" in model.requests[1]["messages"][-1]["content"]


def test_a_call_without_an_answer_counts_with_its_estimate(model: FakeModel, settings: Settings) -> None:
    settings.LLM_TIMEOUT = 0.1
    model.will_answer(hang(0.4))
    use = write_summaries(edition(1), {"en": [0]}).use
    assert use.calls == 2
    assert use.cost == spent_today() > ONE_ANSWER


def test_a_service_that_counts_no_tokens_is_booked_by_estimate(model: FakeModel) -> None:
    model.will_answer(body({"choices": [{"message": {"content": GOOD_TEXT}}], "usage": None}))
    assert ONE_ANSWER < write_summaries(edition(1), {"en": [0]}).use.cost < Decimal("0.01")


def test_when_the_budget_of_the_day_is_spent_the_rest_is_owed(
    model: FakeModel, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.LLM_DAILY_BUDGET, settings.LLM_CONCURRENCY = Decimal("0.0015"), 1
    made = edition(20)
    counts = write_summaries(made, {"en": range(20)})
    assert 5 < counts.model == model.calls < 15
    assert counts.model + counts.extractive == 20
    assert spent_today() <= settings.LLM_DAILY_BUDGET
    assert Backfill.objects.filter(attempts=0).count() == counts.extractive
    assert [record.levelno for record in caplog.records if record.name.startswith("digest")] == [logging.ERROR]
    calls = model.calls
    assert request_owed().use.calls == 0
    assert model.calls == calls


def test_the_budget_counts_all_processes_models_and_refusals(model: FakeModel, settings: Settings) -> None:
    settings.LLM_DAILY_BUDGET = Decimal(1)
    made = edition(1)
    spent = {"version": version_at(made, 0), "language": "en", "model": "other", "prompt_version": "1"}
    ModelCall.objects.create(**spent, state="rejected", cost=Decimal("0.9999"))
    assert write_summaries(made, {"en": [0]}) == SummaryCounts(extractive=1)
    assert model.calls == 0


def test_yesterdays_spending_is_forgiven(model: FakeModel, settings: Settings) -> None:
    settings.LLM_DAILY_BUDGET = Decimal(1)
    made = edition(1)
    row = ModelCall.objects.create(version=version_at(made, 0), language="en", model="m", prompt_version="1", cost=2)
    ModelCall.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(days=1))
    assert write_summaries(made, {"en": [0]}) == SummaryCounts(model=1)


def test_a_run_makes_no_more_calls_than_it_may(model: FakeModel, settings: Settings) -> None:
    settings.LLM_MAX_CALLS = 5
    assert write_summaries(edition(9), {"en": range(9)}) == SummaryCounts(model=5, extractive=4)
    assert model.calls == 5
    assert "5 calls" in Backfill.objects.all()[0].reason
    assert len(request_owed().written) == 4


def test_the_cap_of_a_run_holds_for_retries_too(model: FakeModel, settings: Settings) -> None:
    settings.LLM_MAX_CALLS = 3
    model.will_answer("no")
    assert write_summaries(edition(4), {"en": range(4)}) == SummaryCounts(extractive=4)
    assert model.calls == 3
    assert Backfill.objects.count() == 4


def test_more_papers_than_may_be_asked_at_once_all_get_theirs(model: FakeModel, settings: Settings) -> None:
    settings.LLM_CONCURRENCY = 32
    assert write_summaries(edition(70), {"en": range(70)}).use.calls == model.calls == 70


@pytest.mark.django_db(transaction=True)
@pytest.mark.faults
def test_after_a_kill_the_next_run_requests_only_the_rest(model: FakeModel, tmp_path: Path) -> None:
    """Two processes cannot share the database in memory of a test: the victim gets a file of its own."""
    chosen = {"OPENAI_BASE_URL": model.address, "OPENAI_MODEL": "small-1", "LLM_CONCURRENCY": "2"}
    home = {"PREPRINT_POST_HOME": str(tmp_path), "DATABASE_URL": shared_database(tmp_path)}
    first = Child(killed_writer.main, 5, environment={**os.environ, **home, **chosen})
    assert first.wait() is None
    assert first.returncode == -signal.SIGKILL
    second = Child(killed_writer.main, 0, environment={**os.environ, **home, **chosen})
    report = second.wait()
    assert second.returncode == 0
    assert report["before"] >= 5
    assert report["after"] == 12
    assert report["calls"] == 12 - report["before"]
