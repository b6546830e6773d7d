"""The API as programs use it: what they find, what is told of mistakes, and how often they may ask."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from digest.models import Paper
from subscriptions import rate_limits
from subscriptions.rate_limits import Limit
from tests.editions.rows import observe
from tests.web.finding import knots, publish_to_find
from tests.web.pages import accessibility_faults, links, tree, words
from tests.web.publishing import FRIDAY

pytestmark = pytest.mark.django_db


def ask(client: Client, path: str, **query: str) -> Any:
    return client.get(f"/api/v1/{path}", query)


def test_a_paper_has_its_summary_signals_links_and_editions(client: Client) -> None:
    publish_to_find(knots(1))
    observe(Paper.objects.get(arxiv_id="2601.00001"), 12)
    paper = ask(client, "papers/2601.00001").json()
    assert paper["title"] == "Knots and braids, part 1"
    assert paper["summary"]["tldr"] == "Knots: 1."
    assert paper["signals"] == {"upvotes": 12}
    assert paper["links"]["page"] == "https://post.example/papers/2601.00001/"
    assert (paper["announced"], paper["editions"]) == ("2026-01-23", ["2026-01-23"])


def test_searches_topics_editions_and_categories_come_in_pages(client: Client) -> None:
    publish_to_find(knots(25))
    for path, query in (
        ("search", {"q": "knots"}),
        ("topics", {"topic": "knots", "order": "noticed"}),
        (f"editions/{FRIDAY}", {}),
        ("categories/cs.LG", {}),
    ):
        first, second = (ask(client, path, page=page, **query).json() for page in ("1", "2"))
        assert (first["total"], first["pages"], first["papers_per_page"]) == (25, 2, 20)
        assert (len(first["papers"]), len(second["papers"])) == (20, 5)
        assert len({paper["id"] for paper in [*first["papers"], *second["papers"]]}) == 25
    assert ask(client, "editions").json()["editions"] == ["2026-01-23"]
    assert ask(client, "topics/popular").json()["topics"][0]["page"].startswith("https://post.example/topics/")


@pytest.mark.parametrize("written", ["2601.00001/", "2601.00001v3", "2601.00001v3/", "arXiv:2601.00001"])
def test_a_paper_is_found_by_any_way_to_write_its_id(client: Client, written: str) -> None:
    publish_to_find(knots(1))
    paper = ask(client, f"papers/{written}").json()
    assert (paper["id"], paper["editions"]) == ("2601.00001", ["2026-01-23"])


def test_a_slash_at_the_end_makes_no_difference(client: Client) -> None:
    publish_to_find(knots(1))
    for path in ("search", "topics", "topics/popular", "editions", f"editions/{FRIDAY}", "categories/cs.LG"):
        query = {"q": "knots", "topic": "knots"}
        assert ask(client, f"{path}/", **query).json() == ask(client, path, **query).json()
    assert ask(client, "search/").json()["parameter"] == "q"


def test_a_search_tells_what_it_took_the_words_for(client: Client) -> None:
    publish_to_find(knots(5))
    found = ask(client, "search", q="knotts").json()
    assert (found["query"], found["corrected_query"], found["total"]) == ("knotts", "knot", 5)


@pytest.mark.parametrize(
    ("path", "query", "status", "member"),
    [
        ("search", {}, 400, {"parameter": "q"}),
        ("search", {"q": "knots", "page": "11"}, 400, {"parameter": "page"}),
        ("search", {"q": "knots", "from": "yesterday"}, 400, {"parameter": "from"}),
        ("search", {"q": "knots (braids"}, 422, {"code": "open_bracket", "position": 6, "length": 1}),
        ("search", {"q": "a\0b"}, 400, {}),
        ("topics", {"topic": "x", "language": "tlh"}, 400, {}),
        ("papers/2601.99999", {}, 404, {}),
        ("editions/2026-13-01", {}, 404, {}),
        ("categories/cs.XX", {}, 404, {}),
        ("nothing/here", {}, 404, {}),
    ],
)
def test_a_mistake_is_a_problem_in_json(
    client: Client, path: str, query: dict[str, str], status: int, member: dict[str, object]
) -> None:
    answer = ask(client, path, **query)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem.keys() >= {"type", "title", "detail"}
    assert problem.items() >= member.items()


def test_an_answer_may_be_kept_by_all_and_read_by_pages_of_other_sites(client: Client) -> None:
    publish_to_find(knots(1))
    answer = ask(client, "papers/2601.00001")
    assert answer["Cache-Control"] == "public, max-age=300"
    assert answer["Access-Control-Allow-Origin"] == "*"
    again = client.get("/api/v1/papers/2601.00001", headers={"if-none-match": answer["ETag"]})
    assert (again.status_code, again.content, again["Access-Control-Allow-Origin"]) == (304, b"", "*")
    asked = client.options("/api/v1/papers/2601.00001")
    assert (asked.status_code, asked["Access-Control-Allow-Methods"]) == (204, "GET")
    assert "Set-Cookie" not in answer


def test_what_somebody_searched_for_is_kept_by_nobody_else(client: Client) -> None:
    assert ask(client, "search", q="knots")["Cache-Control"] == "private, max-age=300"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_can_only_be_read(client: Client, method: str) -> None:
    answer = getattr(client, method)("/api/v1/search?q=knots")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert answer.json()["status"] == 405


def test_who_asks_too_often_is_told_when_to_come_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "API_REQUESTS_PER_CLIENT", Limit(2, timedelta(minutes=10)))
    first, second, third = (ask(client, "editions") for _ in range(3))
    assert first["RateLimit-Policy"] == '"default";q=2;w=600'
    assert first["RateLimit"].startswith('"default";r=1;t=')
    assert second["RateLimit"].startswith('"default";r=0;t=')
    assert third.status_code == 429
    assert 0 < int(third["Retry-After"]) <= 600
    assert third.json()["title"] == "Too Many Requests"
    assert ask(Client(REMOTE_ADDR="203.0.113.7"), "editions").status_code == 200


def test_summaries_come_in_the_language_that_is_asked_for(client: Client) -> None:
    publish_to_find(knots(1))
    assert ask(client, "papers/2601.00001", language="zh").json()["summary"]["language"] == "en"
    assert "论文" in ask(client, "openapi.json", language="zh").json()["info"]["description"]


def test_the_page_tells_of_every_endpoint(client: Client) -> None:
    page = client.get("/api/")
    assert "/api/v1/openapi.json" in links(page)
    for path in ask(client, "openapi.json").json()["paths"]:
        assert f"GET /api/v1{path}" in words(tree(page))
    assert "600 times in 10 minutes" in words(tree(page))
    assert not accessibility_faults(page)
