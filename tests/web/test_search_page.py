"""The search page: what is found, what is said where nothing is, and who may ask how often."""

from datetime import timedelta
from typing import Any

import feedparser
import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from subscriptions import rate_limits
from subscriptions.rate_limits import Limit
from tests.web.finding import knots, list_titles, publish_to_find
from tests.web.pages import accessibility_faults, links, tree, words
from tests.web.publishing import FRIDAY, Draft

pytestmark = pytest.mark.django_db

STARS = Draft(arxiv_id="2601.90001", title="Comets", abstract="Dust around stars.", categories=("astro-ph.EP",))


CIRCUITS = [
    Draft(arxiv_id=f"2601.7000{number}", title=f"Quantum circuits for large videos, part {number}")
    for number in (1, 2, 3)
]


def search(client: Client, text: str, **query: str) -> Any:
    return client.get("/search/", {"q": text, **query})


def test_what_is_found_is_shown_as_papers_are_everywhere(client: Client) -> None:
    publish_to_find([*knots(2), STARS])
    page = search(client, "knots braids")
    assert len(list_titles(page)) == 2
    assert "Knots: 1." in page.content.decode()
    assert "2 papers have all of it" in words(tree(page))
    assert not accessibility_faults(page)
    assert page["Cache-Control"] == "private, max-age=60"
    assert {"Accept-Language", "Cookie"} <= set(page["Vary"].split(", "))
    assert client.get("/search/atom/", {"q": "knots"})["Cache-Control"] == "private, max-age=600"
    assert client.get("/topics/knots/atom/")["Cache-Control"] == "public, max-age=600"
    assert '<meta name="robots" content="noindex">' in page.content.decode()


def test_days_a_category_and_an_order_narrow_it(client: Client) -> None:
    publish_to_find(knots(1), FRIDAY - timedelta(days=7))
    publish_to_find([Draft(arxiv_id="2601.80001", title="Knots of late", categories=("math.GT",))])
    assert list_titles(search(client, "knots", cat="math.GT")) == ["Knots of late"]
    assert list_titles(search(client, "knots", **{"from": str(FRIDAY)})) == ["Knots of late"]
    assert list_titles(search(client, "knots", to="2026-01-20")) == ["Knots and braids, part 1"]
    assert list_titles(search(client, "knots", order="newest"))[0] == "Knots of late"
    page = search(client, "knots", cat="nonsense", order="nonsense", **{"from": "yesterday"})
    assert len(list_titles(page)) == 2
    assert "“yesterday” is no day." in words(tree(page))


def test_a_mistake_is_marked_at_its_place(client: Client) -> None:
    publish_to_find(knots(1))
    page = search(client, "  knots   (braids")
    marked = [words(each) for each in tree(page).iter("mark")]
    assert marked == ["("]
    assert "This bracket is never closed." in words(tree(page))
    assert not accessibility_faults(page)
    assert client.get("/search/atom/", {"q": "(braids"}).status_code == 400


def test_a_mistyped_word_finds_what_was_meant_and_says_so(client: Client) -> None:
    publish_to_find(knots(5))
    page = search(client, "knotts braids")
    assert "These are papers for “knot braids”." in words(tree(page))
    assert len(list_titles(page)) == 5
    exact = search(client, "knotts", exact="1")
    assert list_titles(exact) == []
    assert "/search/?q=knotts+braids&exact=1" in links(page)


ABSTRACT = " ".join(f"knots{number} and braids of many kinds" for number in range(40))


@pytest.mark.parametrize(
    "odd", [ABSTRACT, "zzzz " * 60, "(a|b) " * 40, "the " * 90, "* " * 60, '"" ' * 60, "author: " * 40, "-" * 400]
)
@pytest.mark.parametrize("order", ["relevance", "newest"])
def test_long_and_odd_texts_are_answered(client: Client, odd: str, order: str) -> None:
    publish_to_find(knots(1))
    assert search(client, odd, order=order).status_code == 200
    for name in ("atom", "json", "jsonl"):
        assert client.get(f"/search/{name}/", {"q": odd, "order": order}).status_code in (200, 400)


def test_where_nothing_is_found_the_page_says_what_helps(client: Client) -> None:
    publish_to_find(CIRCUITS)
    page = search(client, '"no such phrase"', cat="cs.LG")
    assert "Nothing was found." in words(tree(page))
    assert "have all of it" not in words(tree(page))
    assert "/search/?q=%22no%20such%20phrase%22" in links(page)
    assert "/topics/%22no%20such%20phrase%22/" in links(page)
    assert "Topics of these days" in words(tree(page))
    assert not accessibility_faults(page)


@pytest.mark.parametrize(
    "written",
    [
        "2601.00001",
        "arXiv:2601.00001v2",
        "https://arxiv.org/pdf/2601.00001",
        "https://doi.org/10.48550/arXiv.2601.00001",
    ],
)
def test_an_id_or_an_address_of_arxiv_leads_to_its_paper(client: Client, written: str) -> None:
    publish_to_find(knots(1))
    answer = search(client, written)
    assert (answer.status_code, answer["Location"]) == (302, "/papers/2601.00001/")


def test_an_id_that_we_do_not_know_is_searched_like_words(client: Client) -> None:
    publish_to_find(knots(1))
    assert "Nothing was found." in words(tree(search(client, "2601.99999")))


def test_papers_that_lack_a_part_follow_those_that_have_all(client: Client) -> None:
    publish_to_find([*knots(2), Draft(arxiv_id="2601.80001", title="Braids")])
    page = search(client, '"knots and braids"')
    assert "2 papers have all of it" in words(tree(page))
    assert "the others lack a part" in words(tree(page))
    assert list_titles(page)[-1] == "Braids"


def test_papers_that_lack_a_word_are_counted_apart(client: Client) -> None:
    publish_to_find([*knots(2), Draft(arxiv_id="2601.80001", title="Braids")])
    said = words(tree(search(client, "knots braids")))
    assert "2 papers have all of it" in said
    assert "the others lack a part" in said
    found = client.get("/api/v1/search", {"q": "knots braids"}).json()["papers"]
    assert {paper["title"]: paper["has_all"] for paper in found}["Braids"] is False
    assert sum(paper["has_all"] for paper in found) == 2


def test_ten_pages_are_shown_and_no_more(client: Client) -> None:
    publish_to_find(knots(210))
    first, last = search(client, "knots"), search(client, "knots", page="99")
    assert len(list_titles(first)) == len(list_titles(last)) == 20
    assert "Page 10 of 10" in words(tree(last))
    assert len({*list_titles(first), *list_titles(last)}) == 40


def test_a_search_comes_as_a_feed_and_as_files(client: Client) -> None:
    publish_to_find(knots(3))
    page = search(client, "knots", order="newest")
    assert "/search/atom/?q=knots&order=newest" in links(page)
    feed = feedparser.parse(client.get("/search/atom/?q=knots&order=newest").content)
    assert [entry.title for entry in feed.entries] == list_titles(page)
    assert feed.feed.title == "Search: knots"
    assert client.get("/search/bibtex/?q=knots").content.count(b"@misc") == 3
    assert client.get("/search/json/").json()["items"] == []


def test_an_empty_search_proposes_topics(client: Client) -> None:
    publish_to_find(CIRCUITS)
    page = client.get("/search/")
    assert "Topics of these days" in words(tree(page))
    assert [link for link in links(page) if link.startswith("/topics/%22")] == ["/topics/%22quantum%20circuits%22/"]
    [chips] = [each for each in tree(page).iter("ul") if each.get("class") == "chips"]
    assert words(chips) == "quantum circuits"


def test_plain_words_and_what_few_papers_say_are_no_topics(client: Client) -> None:
    publish_to_find([*CIRCUITS[:2], *(Draft(arxiv_id=f"2601.8000{n}", title="Videos") for n in range(4))])
    assert "Topics of these days" not in words(tree(client.get("/search/")))


def test_a_page_costs_as_many_queries_as_another(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    publish_to_find(knots(40))
    search(client, "knots")
    for text in ("knots part", "braids part"):
        # The limit (2), the index and the vectors (6), versions, days, signals, summaries, days with a page (5).
        with django_assert_num_queries(13):
            search(client, text)


def test_who_searches_very_often_is_asked_to_wait(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_to_find(knots(1))
    monkeypatch.setattr(rate_limits, "SEARCHES_PER_CLIENT", Limit(2, timedelta(minutes=10)))
    answers = [search(client, "knots") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 600
    assert "Please wait a moment" in words(tree(answers[-1]))
    assert not accessibility_faults(answers[-1])
    assert client.get("/search/atom/?q=knots").status_code == 429
    assert client.get("/topics/knots/").status_code == 429
    assert search(Client(REMOTE_ADDR="203.0.113.7"), "knots").status_code == 200
    assert client.get("/search/").status_code == 200  # the form alone costs nothing


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "\x00\x1b", "%00", "a" * 3000, "'; DROP TABLE", "\u202eabc", "𝒳" * 50, "* -* ()"],
)
def test_whatever_is_typed_is_answered(client: Client, text: str) -> None:
    publish_to_find(knots(1))
    page = search(client, text)
    assert page.status_code == (400 if "\x00" in text else 200)
    assert "<script>alert" not in page.content.decode()
    assert not accessibility_faults(page)


def test_every_page_has_a_field_to_search_but_the_search_page_has_its_own(client: Client) -> None:
    publish_to_find(knots(1))
    for path in ("/today/", "/search/", "/nothing/"):
        forms = [each for each in tree(client.get(path)).iter("form") if each.get("role") == "search"]
        assert len(forms) == 1
        assert forms[0].get("action") == "/search/"


def test_every_page_leads_to_the_search_page_from_its_head(client: Client) -> None:
    for path in ("/", "/today/", "/search/"):
        nav = next(each for each in tree(client.get(path)).iter("nav") if each.get("aria-label") == "Site")
        assert "/search/" in [each.get("href") for each in nav.iter("a")]
