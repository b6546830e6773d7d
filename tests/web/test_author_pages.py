"""The papers of everybody who has a name."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from digest.search.index import index_versions
from digest.web import author_pages
from digest.web.author_links import MAX_NAME_LENGTH, name_in_address
from subscriptions import rate_limits
from subscriptions.rate_limits import Limit
from tests.web.pages import accessibility_faults, headings, links, tree, words
from tests.web.publishing import Draft, publish

pytestmark = pytest.mark.django_db


def publish_names(*names: str) -> None:
    publish([Draft(f"2601.{n:05}", f"Paper {n}", authors=("Somebody Else", name)) for n, name in enumerate(names)])
    index_versions()


def test_a_name_leads_to_the_papers_that_have_it(client: Client) -> None:
    publish_names("Grace Hopper", "Alan Turing", "Grace Hopper")
    response = client.get("/authors/Grace%20Hopper/")
    assert headings(response) == ["Grace Hopper"]
    assert headings(response, "h2") == ["Paper 2", "Paper 0"]
    assert "Several people may share a name" in words(tree(response).find("body/main"))
    assert not accessibility_faults(response)


@pytest.mark.parametrize("before", [15, 127])
def test_the_author_is_named_among_many_others(client: Client, before: int) -> None:
    names = [f"Given Family{number}" for number in range(200)]
    publish([Draft(authors=(*names[:before], "Grace Hopper", *names[before:]))])
    index_versions()
    [card] = tree(client.get("/authors/Grace%20Hopper/")).iter("article")
    assert "Given Family2 … Grace Hopper … Given Family198, Given Family199" in words(card)
    [card] = tree(client.get("/today/")).iter("article")
    assert "Grace Hopper" not in words(card)


@pytest.mark.parametrize("other", ["Grace Hopper Smith", "Mary Grace Hopper", "Hopper Grace", "Grace", "G. Hopper"])
def test_a_longer_or_other_name_is_not_this_one(client: Client, other: str) -> None:
    publish_names("Grace Hopper", other)
    assert headings(client.get("/authors/Grace%20Hopper/"), "h2") == ["Paper 0"]


def test_case_accents_and_tex_make_no_difference(client: Client) -> None:
    publish_names(r"Kurt G\"odel", "Kurt Gödel")
    response = client.get("/authors/kurt%20godel/")
    assert headings(response) == ["Kurt Gödel"]
    assert len(headings(response, "h2")) == 2


def test_a_name_with_tex_leads_to_its_readable_address(client: Client) -> None:
    response = client.get("/authors/" + quote(r"Kurt G\"odel") + "/")
    assert (response.status_code, response["Location"]) == (301, "/authors/Kurt%20G%C3%B6del/")


@pytest.mark.parametrize(
    "name",
    [
        "Nobody At All",
        "<script>alert(1)</script>",
        '"><img src=x>',
        "%00",
        "' OR 1=1 --",
        "x" * 500,
        "a/../../b",
        "…",
        "author:x",
        "x\ny",
        "王小明",
    ],
)
def test_a_name_that_no_paper_has_is_a_kind_404(client: Client, name: str) -> None:
    publish_names("Grace Hopper")
    response = client.get(f"/authors/{quote(name)}/", follow=True)
    assert response.status_code in (400, 404)
    assert b"<script>alert" not in response.content
    assert b"<img src=x>" not in response.content


@pytest.mark.parametrize(
    "name", ["<b>Eve</b> Mallory", 'O\'Brien "Bob" & Sons', "A/B Testing", "王小明", "J.-P. Serre"]
)
def test_hostile_and_foreign_names_are_found_and_stay_text(client: Client, name: str) -> None:
    publish_names(name)
    response = client.get(f"/authors/{quote(name_in_address(name))}/")
    assert headings(response, "h2") == ["Paper 0"]
    assert b"<b>Eve" not in response.content


@pytest.mark.parametrize("name", ["", "..", "a//b", "./x", " ", "!!!", "x" * (MAX_NAME_LENGTH + 1)])
def test_names_that_no_address_can_hold_have_none(name: str) -> None:
    assert name_in_address(name) == ""


def test_feeds_and_files_have_the_same_papers(client: Client) -> None:
    publish_names("Grace Hopper")
    for name in ("atom", "json", "markdown", "jsonl", "bibtex", "ris"):
        assert b"Paper 0" in client.get(f"/authors/Grace%20Hopper/{name}/").content
    assert "/authors/Grace%20Hopper/atom/" in links(client.get("/authors/Grace%20Hopper/"))
    assert client.get("/authors/Nobody/atom/").status_code == 404


def test_it_offers_a_letter_of_this_name(client: Client) -> None:
    publish_names("Grace Hopper")
    assert "/?filters=author%3A%22grace+hopper%22" in links(client.get("/authors/Grace%20Hopper/"))


def test_pages_and_lists_count_as_searches(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_names("Grace Hopper")
    monkeypatch.setattr(rate_limits, "SEARCHES_PER_CLIENT", Limit(2, timedelta(minutes=10)))
    for path, status in (("", 200), ("bibtex/", 200), ("", 429), ("atom/", 429)):
        assert client.get(f"/authors/Grace%20Hopper/{path}").status_code == status


def test_a_name_that_nobody_has_is_looked_for_once(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PAGE_CACHE_SECONDS = 60
    asked: list[str] = []
    monkeypatch.setattr(author_pages, "find_papers_of_author", asked.append)
    for path in ("", "atom/", "bibtex/", ""):
        assert client.get(f"/authors/Nobody%20At%20All/{path}").status_code == 404
    assert asked == ["Nobody At All"]


def test_one_author_among_thousands_is_found(client: Client) -> None:
    crowd = tuple(f"Given Family{number}" for number in range(2900))
    publish([Draft("2601.00007", "A large experiment", authors=(*crowd[:90], "Grace Hopper", *crowd[90:]))])
    index_versions()
    assert headings(client.get("/authors/Grace%20Hopper/"), "h2") == ["A large experiment"]
    assert client.get("/authors/Given/").status_code == 404


def test_queries_do_not_grow_with_the_papers(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    publish_names(*["Grace Hopper"] * 30)
    # The limit (2). The index: its blocks and the terms. The candidates, their days. Versions, days, signals, summaries
    # and days that have a page.
    client.get("/authors/Grace%20Hopper/atom/")
    with django_assert_num_queries(11):
        client.get("/authors/Grace%20Hopper/")
