"""Under every misbehaviour of a model service, and every mixture, each picked paper has a summary that may be shown."""

import json
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from pytest_django import Settings

from digest.models import Delivery, EditionSummary, ModelCall
from tests.faults import misbehaviour, summaries
from tests.faults.model_server import Exchange, ModelServer

pytestmark = [pytest.mark.django_db, pytest.mark.faults]

SLOW = {"hangs", "drips a body", "drips a head", "drips an error"}
ANY = st.sampled_from(sorted(misbehaviour.PROFILES))
QUICK = st.sampled_from(sorted(set(misbehaviour.PROFILES) - SLOW))
MIXTURES = st.lists(st.one_of(QUICK, QUICK, ANY), min_size=2, max_size=9)


@pytest.fixture(scope="module")
def server() -> Iterator[ModelServer]:
    with ModelServer(lambda number: misbehaviour.PROFILES["good"]) as server:
        yield server


@pytest.fixture
def hurry(server: ModelServer) -> Iterator[None]:
    with summaries.hurried(server):
        yield


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize("profile", misbehaviour.ACCEPTED)
def test_a_service_that_answers_well_in_its_own_way_writes_everything(server: ModelServer, profile: str) -> None:
    row = summaries.run(server, [profile])
    assert (row.faults, row.by_model, row.extractive, row.owed) == ([], 4, 0, 0)
    assert row.calls == row.requests == 4


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize("profile", misbehaviour.REJECTED)
def test_a_failing_service_leaves_abstracts_words_owing_the_rest(server: ModelServer, profile: str) -> None:
    row = summaries.run(server, [profile])
    assert (row.faults, row.by_model, row.extractive, row.owed) == ([], 0, 4, 4)
    assert row.reasons
    assert row.calls == row.requests <= 12
    assert row.seconds < (6 if profile in SLOW else 3)


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize(("profile", "calls"), [("401", 1), ("429, quota", 1), ("503", 15)])
def test_eight_workers_with_many_papers_make_no_more_calls_than_one(
    server: ModelServer, settings: Settings, profile: str, calls: int
) -> None:
    settings.LLM_CONCURRENCY = 8
    row = summaries.run(server, [profile], papers=summaries.MANY)
    assert (row.faults, row.by_model, row.owed) == ([], 0, 2 * summaries.MANY)
    assert row.calls == row.requests == calls


@pytest.mark.usefixtures("hurry")
@given(MIXTURES, st.sampled_from(["", "second"]), st.integers(2, 4))
@how(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_mixture_leaves_a_paper_without_a_summary(
    server: ModelServer, settings: Settings, profiles: list[str], second: str, concurrency: int
) -> None:
    settings.OPENAI_FALLBACK_MODEL, settings.LLM_CONCURRENCY = second, concurrency
    with transaction.atomic():
        row = summaries.run(server, profiles)
        transaction.set_rollback(True)
    assert row.faults == []
    assert row.by_model + row.extractive == 4
    assert row.owed == row.extractive
    assert row.seconds < 12


@pytest.mark.usefixtures("hurry")
def test_good_answers_between_misbehaviours_are_kept(server: ModelServer) -> None:
    passing = [name for name in misbehaviour.PROFILES if not name.startswith(("40", "429, quota"))]
    row = summaries.run(server, [name for each in passing if each not in SLOW for name in (each, "good")], papers=30)
    assert row.faults == []
    assert row.by_model > 30


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize("second", ["", "second"])
def test_a_wild_service_leaves_all_letters_sent_and_books_balanced(
    server: ModelServer, settings: Settings, tmp_path: Path, second: str
) -> None:
    names = sorted(set(misbehaviour.PROFILES) - SLOW)
    server.reset(lambda number: misbehaviour.PROFILES[names[number * 7 % len(names)]])
    settings.OPENAI_FALLBACK_MODEL = second
    settings.EMAIL_BACKEND = "digest.delivery.transports.mailbox.MailboxBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mailbox")
    report = _a_day(tmp_path)
    assert (report["accepted"], report["balanced"], report["problems"]) == (2, True, [])
    counted = report["summaries"]
    assert sum(counted[name] for name in ("model", "extractive", "imported", "cached")) == report["edition"]
    # What the model still owes at the end of the day is asked for once more.
    assert ModelCall.objects.count() == server.requests >= counted["calls"] > 0
    assert _picked_without_summary() == []
    assert not [name for name in ("failed", "unavailable", "evil.example") if name in _everything_sent(tmp_path)]


def _a_day(folder: Path) -> Any:
    readers = "email,query,categories,language\nada@example.org,,cs.LG cs.CL,en\nmei@example.org,,cs.LG cs.CL,zh\n"
    (folder / "readers.csv").write_text(readers, encoding="utf-8")
    call_command("import_subscribers", str(folder / "readers.csv"), stdout=StringIO(), stderr=StringIO())
    out = StringIO()
    call_command("run_daily", "--date", "2026-01-23", "--source", "sample", "--json", stdout=out)
    return json.loads(out.getvalue())


def _picked_without_summary() -> list[tuple[int, str]]:
    shown = set(EditionSummary.objects.values_list("entry__rank", "language"))
    letters = Delivery.objects.filter(state="accepted")
    picked = {(pick[0], letter.language) for letter in letters for pick in letter.picks}
    assert picked
    return sorted(picked - shown)


def _everything_sent(folder: Path) -> str:
    return "".join(str(text) for text in EditionSummary.objects.values_list("summary__tldr", "summary__result"))


@pytest.mark.data
@pytest.mark.usefixtures("hurry")
def test_no_recorded_answer_of_a_real_service_is_taken_for_a_summary(server: ModelServer, shared_data: Path) -> None:
    """They are answers to other questions, errors, streams and refusals."""
    recorded = list(dict.fromkeys(_recorded(shared_data / "captures" / "openai")))
    assert len(recorded) > 30
    for status, body, kind in recorded:
        with transaction.atomic():
            row = _replayed(server, status, body, kind)
            transaction.set_rollback(True)
        assert (row.faults, row.by_model, row.owed) == ([], 0, 2), body[:200]


def _replayed(server: ModelServer, status: int, body: bytes, kind: str) -> summaries.Row:
    def answer(exchange: Exchange) -> None:
        exchange.body(body, status, {"Content-Type": kind})

    profiles: dict[str, Callable[[Exchange], None]] = dict(misbehaviour.PROFILES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(misbehaviour, "PROFILES", {**profiles, "recorded": answer})
        return summaries.run(server, ["recorded"], papers=1)


def _recorded(folder: Path) -> Iterator[tuple[int, bytes, str]]:
    for path in sorted(folder.glob("*.json")):
        for exchange in json.loads(path.read_text(encoding="utf-8")):
            if "response" in exchange:
                answer = exchange["response"]
                headers = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
                kind = headers.get("content-type", "application/json")
                yield answer["status"], _bytes(answer["body"]), kind if isinstance(kind, str) else kind[0]
            else:
                yield exchange["status"], json.dumps(exchange["body"]).encode(), "application/json"


def _bytes(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


@pytest.mark.usefixtures("hurry")
def test_a_run_against_a_dead_slow_service_ends_in_time(server: ModelServer) -> None:
    """Ten papers in two languages; the breaker ends it after five time-outs, not after forty."""
    began = time.monotonic()
    row = summaries.run(server, ["hangs"], papers=10)
    assert row.faults == []
    assert time.monotonic() - began < 8
    assert row.calls < 25
