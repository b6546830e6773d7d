"""Summaries ordered in a batch: once, at half the price, and checked like any other."""

import json
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Response

from digest.models import Backfill, ModelBatch, ModelCall, Summary
from digest.summaries import store
from digest.summaries.jobs import PaperText
from digest.summaries.llm import batch_client, batch_collect, batch_submit, prompt
from digest.summaries.llm.batch_client import BatchProblem
from digest.summaries.llm.batch_collect import collect_batches
from digest.summaries.llm.batch_submit import submit_batch
from digest.summaries.llm.budget import spent_today
from digest.summaries.llm.configured_models import configured_writers
from digest.summaries.llm.requests import find_owed, request_owed
from digest.summaries.write import SummaryCounts, find_unwritten, write_summaries
from tests.summaries.batch_server import FakeBatchService, well, with_body, with_content
from tests.summaries.model import GOOD, FakeModel
from tests.summaries.papers import DAY, edition, imported, shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch_service(model: FakeModel, model_server: HTTPServer) -> FakeBatchService:
    """The configured model takes batches too."""
    return FakeBatchService(model_server)


def test_a_batch_requests_once_what_readers_will_see(batch_service: FakeBatchService) -> None:
    made = edition(3)
    keys = find_unwritten(made, {"en": range(3), "zh": [0]})
    assert submit_batch(keys) == 4
    assert submit_batch(keys) == 0
    requests = batch_service.requests()
    assert {request["body"]["model"] for request in requests} == {"small-1"}
    assert {(request["method"], request["url"]) for request in requests} == {("POST", "/v1/chat/completions")}
    assert "<paper>" in requests[0]["body"]["messages"][1]["content"]
    assert batch_service.batches["batch-1"]["completion_window"] == "24h"
    assert len(batch_service.batches) == 1


def test_what_the_operator_adds_is_in_batches_too(batch_service: FakeBatchService, settings: Settings) -> None:
    settings.OPENAI_EXTRA_BODY = {"max_tokens": 800}
    submit_batch([(edition(1).entries.get().version_id, "en")])
    assert [request["body"]["max_tokens"] for request in batch_service.requests()] == [800]


def test_an_answered_batch_is_stored_shown_and_not_repeated(batch_service: FakeBatchService, model: FakeModel) -> None:
    made = edition(3)
    submit_batch(find_unwritten(made, {"en": range(3), "zh": [0]}))
    batch_service.finish(well)
    collected = collect_batches()
    assert (collected.written, collected.owed, collected.still_open) == (4, 0, 0)
    assert write_summaries(made, {"en": range(3), "zh": [0]}) == SummaryCounts(model=3)
    assert shown(made, 0, "zh").language == "zh"
    assert model.calls == 0
    assert collect_batches().written == 0


def test_a_batch_costs_half(batch_service: FakeBatchService) -> None:
    submit_batch(find_unwritten(edition(1), {"en": [0]}))
    expected = spent_today()
    assert Decimal(0) < expected < Decimal("0.001")
    batch_service.finish(well)
    assert collect_batches().use.cost == spent_today() == Decimal("0.000053")
    assert Summary.objects.get().cost == Decimal("0.000053")


def test_a_batch_takes_half_as_much_budget_as_calls(batch_service: FakeBatchService) -> None:
    made = edition(1)
    submit_batch(find_unwritten(made, {"en": [0]}))
    version = made.entries.get().version
    messages = prompt.build_messages(PaperText(version.title, version.abstract), "en")
    whole = configured_writers()[0].estimate(messages)
    assert abs(spent_today() * 2 - whole) <= Decimal("0.000002")


def test_a_batch_that_is_still_being_answered_is_left_alone(batch_service: FakeBatchService) -> None:
    submit_batch(find_unwritten(edition(1), {"en": [0]}))
    assert collect_batches().still_open == 1
    assert ModelBatch.objects.get().state == "submitted"


def test_refused_answers_of_a_batch_go_to_the_backfill(batch_service: FakeBatchService, model: FakeModel) -> None:
    bad: list[Any] = [
        lambda request: with_content(request, "no"),
        lambda request: with_content(request, json.dumps({**GOOD, "result": "It falls by 41%."})),
        lambda request: with_content(request, None),
        lambda request: with_body(request, {"error": {"message": "no"}}),
        lambda request: with_body(request, {"error": {"message": "no"}}, status=400),
        lambda request: {"custom_id": request["custom_id"], "response": None, "error": {"code": "batch_expired"}},
        lambda request: None,
        lambda request: '{"custom_id": "' + request["custom_id"] + '", "respo',
        lambda request: '["custom_id"]',
        lambda request: '{"custom_id": "no number"}',
    ]
    made = edition(len(bad) + 1)
    submit_batch(find_unwritten(made, {"en": range(len(bad) + 1)}))
    first = int(batch_service.requests()[0]["custom_id"])
    batch_service.finish(lambda request: [*bad, well][int(request["custom_id"]) - first](request))
    collected = collect_batches()
    assert (collected.written, collected.owed) == (1, len(bad))
    assert collected.use.rejected == {"no JSON": 1, "empty": 1, "numbers": 1}
    assert collected.use.failed.total() == len(bad) - 3
    assert not ModelCall.objects.filter(state="asked").exists()
    assert len(find_owed()) == Backfill.objects.count() == len(bad)
    assert len(request_owed().written) == len(bad)


@pytest.mark.parametrize("status", ["expired", "cancelled", "failed"])
def test_a_batch_that_ended_early_leaves_the_rest_owed(batch_service: FakeBatchService, status: str) -> None:
    submit_batch(find_unwritten(edition(4), {"en": range(4)}))
    half = [request["custom_id"] for request in batch_service.requests()][:2]
    batch_service.finish(lambda request: well(request) if request["custom_id"] in half else None, status=status)
    collected = collect_batches()
    assert (collected.written, collected.owed) == (2, 2)
    assert set(Backfill.objects.values_list("reason", "attempts")) == {("the batch ended without an answer", 0)}


def test_errors_come_in_a_file_of_their_own(batch_service: FakeBatchService) -> None:
    submit_batch(find_unwritten(edition(2), {"en": range(2)}))
    first = batch_service.requests()[0]["custom_id"]
    batch_service.finish(
        lambda request: None if request["custom_id"] == first else well(request),
        failed=lambda request: with_body(request, {}, status=500) if request["custom_id"] == first else None,
    )
    assert (collect_batches().written, Backfill.objects.get().reason) == (
        1,
        "the model service refuses the request (500)",
    )


def test_unrequested_and_repeated_answers_change_nothing(batch_service: FakeBatchService) -> None:
    made = edition(1)
    submit_batch(find_unwritten(made, {"en": [0]}))
    good = json.dumps(well(batch_service.requests()[0]))
    other = json.dumps({**well(batch_service.requests()[0]), "custom_id": "99999"})
    again = json.dumps(with_content(batch_service.requests()[0], "no"))
    batch_service.finish(lambda request: f"{other}\n\n{good}\n")
    batch_service.files["out-1"] += f"\n{other}\n".encode()
    assert collect_batches().written == 1
    ModelBatch.objects.update(state="submitted")
    batch_service.files["out-1"] = again.encode()
    assert collect_batches().written == 0
    assert Summary.objects.get().tldr == GOOD["tldr"]


def test_lines_are_split_at_line_feeds_only(batch_service: FakeBatchService) -> None:
    submit_batch(find_unwritten(edition(1), {"en": [0]}))
    batch_service.finish(lambda request: json.dumps({**well(request), "note": "a\u2028b\u0085c"}, ensure_ascii=False))
    assert collect_batches().written == 1


def test_a_file_that_breaks_off_is_fetched_again(batch_service: FakeBatchService) -> None:
    submit_batch(find_unwritten(edition(1), {"en": [0]}))
    batch_service.finish(well)
    batch_service.breaks_off = True
    with pytest.raises(BatchProblem, match="broke off"):
        collect_batches()
    batch_service.breaks_off = False
    assert collect_batches().written == 1


def test_a_file_without_lines_is_not_read_without_end(
    batch_service: FakeBatchService, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit_batch(find_unwritten(edition(1), {"en": [0]}))
    batch_service.finish(well)
    monkeypatch.setattr(batch_client, "MAX_ANSWER_BYTES", 50)
    with pytest.raises(BatchProblem, match="line of the model service's file is too long"):
        collect_batches()


def test_a_batch_of_brackets_alone_is_a_problem_of_the_service(batch_service: FakeBatchService) -> None:
    batch_service.refuses = Response("[" * 100_000, content_type="application/json")
    with pytest.raises(BatchProblem, match="does not answer as one that takes batches"):
        submit_batch(find_unwritten(edition(1), {"en": [0]}))


def test_an_unconfirmed_batch_is_found_and_not_submitted_twice(batch_service: FakeBatchService) -> None:
    made = edition(2)
    batch_service.dies_after_creating = True
    with pytest.raises(BatchProblem, match="out of order"):
        submit_batch(find_unwritten(made, {"en": range(2)}))
    assert ModelBatch.objects.get().state == "preparing"
    assert submit_batch(find_unwritten(made, {"en": range(2)})) == 0
    assert ModelBatch.objects.get().provider_id == "batch-1"
    assert len(batch_service.batches) == 1
    batch_service.finish(well)
    assert collect_batches().written == 2


def test_a_run_killed_before_submitting_is_finished_later(
    batch_service: FakeBatchService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*given: object) -> None:
        raise KeyboardInterrupt

    made = edition(2)
    with monkeypatch.context() as patch:
        patch.setattr(batch_submit, "_submit_prepared", killed)
        with pytest.raises(KeyboardInterrupt):
            submit_batch(find_unwritten(made, {"en": range(2)}))
    submit_batch([])
    assert len(batch_service.requests()) == 2


def test_a_refused_batch_leaves_its_summaries_to_requests(batch_service: FakeBatchService, model: FakeModel) -> None:
    made = edition(2)
    batch_service.refuses = Response('{"error": {"message": "no", "code": "invalid_api_key"}}', status=401)
    with pytest.raises(BatchProblem, match="refuses the key"):
        submit_batch(find_unwritten(made, {"en": range(2)}))
    assert ModelBatch.objects.get().state == "failed"
    assert spent_today() == 0
    assert write_summaries(made, {"en": range(2)}) == SummaryCounts(model=2)


def test_a_service_that_has_forgotten_a_batch_has_no_answers(batch_service: FakeBatchService) -> None:
    submit_batch(find_unwritten(edition(2), {"en": range(2)}))
    batch_service.batches.clear()
    assert collect_batches().owed == 2


def test_a_batch_keeps_to_the_budget_of_the_day(batch_service: FakeBatchService, settings: Settings) -> None:
    settings.LLM_DAILY_BUDGET = Decimal("0.0015")
    made = edition(20)
    keys = find_unwritten(made, {"en": range(20)})
    assert 2 < submit_batch(keys) < 10
    assert spent_today() <= settings.LLM_DAILY_BUDGET
    ModelCall.objects.update(created_at=timezone.now() - timedelta(days=1))
    assert submit_batch(keys) > 2


def test_large_orders_are_split_and_collected_in_chunks(
    batch_service: FakeBatchService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_submit, "MAX_REQUESTS_PER_BATCH", 5)
    monkeypatch.setattr(store, "SUMMARIES_PER_QUERY", 2)
    seen: list[tuple[int, int | None]] = []
    assert submit_batch(find_unwritten(edition(12), {"en": range(12)})) == 12
    assert [len(batch_service.requests(name)) for name in batch_service.batches] == [5, 5, 2]
    for name in batch_service.batches:
        batch_service.finish(well, name)
    assert collect_batches(lambda done, total: seen.append((done, total))).written == 12
    assert seen[:3] == [(2, 5), (4, 5), (5, 5)]


def test_a_kill_in_the_middle_of_taking_in_loses_nothing(
    batch_service: FakeBatchService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "SUMMARIES_PER_QUERY", 2)
    submit_batch(find_unwritten(edition(6), {"en": range(6)}))
    batch_service.finish(
        lambda request: with_content(request, "no") if int(request["custom_id"]) % 2 else well(request)
    )

    def die(done: int, total: int | None) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        collect_batches(die)
    assert Summary.objects.count() + Backfill.objects.count() == 4
    collect_batches()
    assert (Summary.objects.count(), Backfill.objects.count()) == (3, 3)


def test_what_a_batch_is_to_bring_is_not_paid_a_second_time(batch_service: FakeBatchService, model: FakeModel) -> None:
    made = edition(2)
    model.will_answer("no")
    write_summaries(made, {"en": [0]})
    model.will_answer(json.dumps(GOOD))
    calls = model.calls
    submit_batch(find_unwritten(made, {"en": range(2)}))
    assert find_owed() == find_unwritten(made, {"en": range(2)}) == []
    assert not request_owed().written
    assert write_summaries(made, {"en": range(2)}).use.calls == 0
    assert model.calls == calls
    batch_service.finish(well)
    assert collect_batches().written == 2
    assert write_summaries(made, {"en": range(2)}) == SummaryCounts(model=2)
    assert model.calls == calls


def test_a_summary_that_came_by_another_way_meanwhile_stays(batch_service: FakeBatchService, model: FakeModel) -> None:
    made = edition(1)
    submit_batch(find_unwritten(made, {"en": [0]}))
    ModelBatch.objects.update(created_at=timezone.now() - timedelta(hours=25))
    write_summaries(made, {"en": [0]})
    batch_service.finish(
        lambda request: with_content(request, json.dumps({**GOOD, "tldr": "Sieve weighs every example."}))
    )
    assert collect_batches().written == 1
    assert shown(made, 0).tldr == GOOD["tldr"]
    assert Summary.objects.count() == 1
    assert model.calls == 1


def command(*flags: str) -> Any:
    out = StringIO()
    call_command("write_summaries", "--date", DAY.isoformat(), "--json", *flags, stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def test_one_command_orders_and_takes_in(batch_service: FakeBatchService) -> None:
    made = edition(2)
    imported(made, 0)
    assert command("--batch")["ordered"] == 2
    batch_service.finish(well)
    report = command("--batch")
    assert (report["written"], report["ordered"], report["tokens"]) == (2, 0, 800)
    assert command("--collect")["written"] == 0


def test_without_a_model_there_is_no_batch_but_a_hint(settings: Settings) -> None:
    settings.OPENAI_BASE_URL = settings.OPENAI_API_KEY = ""
    edition(1)
    with pytest.raises(CommandError, match="Set OPENAI_API_KEY"):
        command("--batch")
    assert batch_collect.collect_batches() == batch_collect.CollectedBatches()


def test_a_service_that_knows_no_batches_says_so(model: FakeModel) -> None:
    edition(1)
    with pytest.raises(CommandError, match="model service"):
        command("--batch")
