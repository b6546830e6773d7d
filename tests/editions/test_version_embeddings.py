"""Vectors of an embedding model, asked of a service on this machine that may answer anything."""

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from digest.editions import version_embeddings
from digest.editions.version_embeddings import fill_embeddings, load_embeddings
from digest.editions.version_vectors import fill_vectors, load_vectors
from digest.models import ModelCall, Version, VersionEmbedding
from digest.ranking.text.embedding import embedding_similarity, quantise
from digest.scheduler import prepare_day
from digest.sources.memory import EmptySource
from digest.summaries.llm.budget import spent_today
from digest.summaries.llm.client import MAX_ANSWER_BYTES
from tests.editions.rows import FRIDAY, announce

pytestmark = pytest.mark.django_db


class FakeEmbedder:
    """Gives each text the numbers of some of its letters; a test may say what it answers instead."""

    def __init__(self, server: HTTPServer) -> None:
        self.requests: list[dict[str, Any]] = []
        self.answer: Callable[[list[str]], Response] = self.embed
        server.expect_request("/v1/embeddings", method="POST").respond_with_handler(self._respond)

    @staticmethod
    def embed(texts: list[str]) -> Response:
        rows = [
            {"index": at, "embedding": [text.count(sign) + 0.1 for sign in "aeiou"]} for at, text in enumerate(texts)
        ]
        return Response(json.dumps({"data": rows[::-1], "usage": {"prompt_tokens": 100 * len(texts)}}))

    def will_answer(self, document: object, status: int = 200) -> None:
        self.answer = lambda _: Response(json.dumps(document), status)

    def _respond(self, request: Request) -> Response:
        asked = json.loads(request.get_data())
        self.requests.append(asked)
        response = self.answer(asked["input"])
        response.content_type = "application/json"
        return response


@pytest.fixture(scope="module")
def server() -> Iterator[HTTPServer]:
    with HTTPServer(host="127.0.0.1", port=0) as started:
        yield started


@pytest.fixture
def embedder(server: HTTPServer, settings: Settings) -> FakeEmbedder:
    server.clear()
    settings.OPENAI_EMBEDDING_BASE_URL, settings.OPENAI_EMBEDDING_MODEL = server.url_for("/v1"), "small"
    settings.LLM_TIMEOUT = 5
    return FakeEmbedder(server)


def test_without_a_model_nothing_is_asked(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    version = announce("Qubits")
    with django_assert_num_queries(0):
        assert fill_embeddings(Version.objects.all()).left == 0
        assert load_embeddings([version.pk]) == {}


def test_each_paper_gets_the_vector_of_its_text(embedder: FakeEmbedder) -> None:
    first, second = announce("Aaa", abstract="A."), announce("Eee", abstract="E.")
    assert fill_embeddings(Version.objects.all()).stored == 2
    assert embedder.requests[0]["input"] == ["Eee\n\nE.", "Aaa\n\nA."]
    assert load_embeddings([first.pk, second.pk]) == {
        first.pk: quantise([2.1, 0.1, 0.1, 0.1, 0.1]),
        second.pk: quantise([0.1, 2.1, 0.1, 0.1, 0.1]),
    }


def test_only_papers_without_a_vector_of_this_model_are_asked_for(embedder: FakeEmbedder, settings: Settings) -> None:
    for number in range(45):
        announce(f"Paper {number}")
    assert fill_embeddings(Version.objects.all()).stored == 45
    assert [len(request["input"]) for request in embedder.requests] == [20, 20, 5]
    assert fill_embeddings(Version.objects.all()).stored == 0
    settings.OPENAI_EMBEDDING_MODEL = "large"
    assert load_embeddings(Version.objects.values_list("pk", flat=True)) == {}
    assert fill_embeddings(Version.objects.all()).stored == 45
    assert len(embedder.requests) == 6


def test_the_vectors_of_a_thousand_papers_take_two_queries(
    embedder: FakeEmbedder, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2):
        load_embeddings(range(1, 1001))


def test_what_vectors_cost_counts_with_the_calls_of_models(embedder: FakeEmbedder, settings: Settings) -> None:
    settings.OPENAI_EMBEDDING_PRICE = Decimal(1)
    announce("Qubits")
    announce("Graphs")
    use = fill_embeddings(Version.objects.all()).use
    call = ModelCall.objects.get()
    assert (call.model, call.prompt_version, call.state, call.prompt_tokens) == ("small", "embedding", "accepted", 200)
    assert (use.calls, use.prompt_tokens, use.cost) == (1, 200, Decimal("0.0002"))
    assert spent_today() == Decimal("0.0002")


def test_no_call_is_made_beyond_the_budget_of_the_day(embedder: FakeEmbedder, settings: Settings) -> None:
    settings.LLM_DAILY_BUDGET, settings.OPENAI_EMBEDDING_PRICE = Decimal("0.000001"), Decimal(1)
    announce("Qubits")
    counts = fill_embeddings(Version.objects.all())
    assert (counts.stored, counts.left, embedder.requests) == (0, 1, [])
    assert "are spent" in counts.problem


def row(index: object, embedding: object) -> dict[str, object]:
    return {"index": index, "embedding": embedding}


@pytest.mark.parametrize(
    "answer",
    [
        [],
        "no",
        {"data": None},
        {"data": []},
        {"data": [row(0, [1.0])]},
        {"data": [row(0, [1.0]), row(0, [1.0])]},
        {"data": [row(0, [1.0]), row(7, [1.0])]},
        {"data": [row(0, [1.0]), row(1, [1.0, 2.0])]},
        {"data": [row(0, [1.0]), row(1, [0.0])]},
        {"data": [row(0, [1.0]), row(1, [])]},
        {"data": [row(0, [1.0]), row(1, "AAAA")]},
        {"data": [row(0, [1.0]), row(1, [None])]},
        {"data": [row(0, [1.0]), row(1, [float("nan")])]},
        {"data": [row(0, [1.0]), row(1, [1e308 * 10])]},
        {"data": [row(0, [1.0]), row(1, [10**400])]},
        {"data": [row([], [1.0]), row({}, [1.0])]},
        {"data": [1, 2]},
    ],
)
def test_an_answer_without_good_vectors_stores_nothing(embedder: FakeEmbedder, answer: object) -> None:
    announce("Qubits")
    announce("Graphs")
    embedder.will_answer(answer)
    counts = fill_embeddings(Version.objects.all())
    assert (counts.stored, counts.left, VersionEmbedding.objects.count()) == (0, 2, 0)
    assert counts.problem


@pytest.mark.parametrize("text", ["", "<html>", "null", "[" * 50_000, '{"data":' * 50_000, "\ufeff{}"])
def test_an_answer_that_is_something_else_stores_nothing(embedder: FakeEmbedder, text: str) -> None:
    announce("Qubits")
    embedder.answer = lambda _: Response(text)
    counts = fill_embeddings(Version.objects.all())
    assert (counts.stored, counts.left) == (0, 1)
    assert "the model service's answer" in counts.problem


@pytest.mark.parametrize(("padding", "stored"), [(0, 1), (2 * MAX_ANSWER_BYTES, 0)])
def test_a_packed_answer_is_read_within_bounds(embedder: FakeEmbedder, padding: int, stored: int) -> None:
    announce("Qubits")
    packed = gzip.compress(FakeEmbedder.embed(["Qubits"]).get_data() + b" " * padding)
    embedder.answer = lambda _: Response(packed, headers={"Content-Encoding": "gzip"})
    assert fill_embeddings(Version.objects.all()).stored == stored


@pytest.mark.parametrize(("status", "calls"), [(401, 1), (404, 1), (429, 2), (500, 2)])
def test_a_service_that_refuses_is_soon_left_alone(embedder: FakeEmbedder, status: int, calls: int) -> None:
    for number in range(100):
        announce(f"Paper {number}")
    embedder.will_answer({"error": {"message": "no"}}, status)
    counts = fill_embeddings(Version.objects.all())
    assert (counts.stored, counts.left, len(embedder.requests)) == (0, 100, calls)
    assert str(status) in counts.problem


def test_no_call_begins_when_the_time_is_over(embedder: FakeEmbedder) -> None:
    announce("Qubits")
    assert fill_embeddings(Version.objects.all(), seconds=-1).left == 1
    assert embedder.requests == []


def test_a_kill_loses_no_vector_that_came(embedder: FakeEmbedder) -> None:
    for number in range(45):
        announce(f"Paper {number}")

    def kill(done: int, total: int | None = None) -> None:
        if done == 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill_embeddings(Version.objects.all(), kill)
    assert fill_embeddings(Version.objects.all()).stored == 5


def test_preparing_a_day_asks_for_its_papers(embedder: FakeEmbedder) -> None:
    version = announce("Qubits")
    announce("Elsewhere", day=FRIDAY - timedelta(days=1))
    report = prepare_day(FRIDAY, EmptySource("test"))
    assert list(VersionEmbedding.objects.values_list("version", flat=True)) == [version.pk]
    assert not report.problems


def test_a_service_that_is_down_holds_up_no_day(settings: Settings) -> None:
    settings.OPENAI_EMBEDDING_BASE_URL, settings.OPENAI_EMBEDDING_MODEL = "http://127.0.0.1:9/v1", "small"
    announce("Qubits")
    began = timezone.now()
    report = prepare_day(FRIDAY, EmptySource("test"))
    assert report.edition == 1
    assert report.warnings == ["vectors: 1 paper has none (the model service could not be reached)"]
    assert timezone.now() - began < timedelta(seconds=20)


def test_the_command_asks_for_all_papers(embedder: FakeEmbedder, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(3):
        announce(f"Paper {number}")
    call_command("embed_papers", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["stored"], told["left"], told["problem"], told["calls"]) == (3, 0, "", 1)


def test_vectors_compare_papers_alike_in_every_process(embedder: FakeEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version_embeddings, "VERSIONS_PER_QUERY", 2)
    versions = [announce(title, abstract="") for title in ("aa", "aaa", "ee")]
    fill_embeddings(Version.objects.all())
    stored = load_embeddings([each.pk for each in versions])
    found = embedding_similarity([stored[versions[0].pk]], [stored[each.pk] for each in versions])[0]
    assert found[0] == 1
    assert found[1] > 0.9 > found[2]


def test_loaded_vectors_of_texts_have_those_of_the_model(
    embedder: FakeEmbedder, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first, second = announce("Qubits"), announce("Graphs")
    fill_vectors(Version.objects.all())
    fill_embeddings(Version.objects.filter(pk=first.pk))
    with django_assert_num_queries(2):
        loaded = load_vectors([first.pk, second.pk])
    assert loaded[first.pk].embedding == load_embeddings([first.pk])[first.pk]
    assert loaded[second.pk].embedding is None
