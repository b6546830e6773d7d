"""The page of papers that are like one."""

from datetime import timedelta

import feedparser
import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from subscriptions import rate_limits
from subscriptions.rate_limits import Limit
from tests.web.finding import knots, list_titles, publish_to_find
from tests.web.pages import accessibility_faults, headings, links, tree, words
from tests.web.publishing import Draft

pytestmark = pytest.mark.django_db

STARS = Draft(arxiv_id="2601.90001", title="Comets", abstract="Dust around stars.", categories=("astro-ph.EP",))


def test_the_nearest_papers_come_first_and_not_the_paper_itself(client: Client) -> None:
    publish_to_find([*knots(3), STARS])
    page = client.get("/papers/2601.00001/similar/")
    assert headings(page) == ["Knots and braids, part 1"]
    assert set(list_titles(page)[:2]) == {"Knots and braids, part 2", "Knots and braids, part 3"}
    assert not accessibility_faults(page)
    assert "/papers/2601.00001/similar/atom/" in links(page)


def test_it_leads_to_the_topic_without_a_script_too(client: Client) -> None:
    text = "We correct quantum errors by homomorphic encryption of kind {}."
    publish_to_find([Draft(f"2601.0000{n}", f"HOMO{n}", abstract=text.format(n)) for n in (1, 2, 3)])
    found = links(client.get("/papers/2601.00001/similar/"))
    [topic] = [link for link in found if link.startswith("/topics/") and link != "/topics/"]
    assert topic == "/topics/%22homomorphic%20encryption%22/"
    assert topic in links(client.get("/papers/2601.00001/similar/short/"))
    assert client.get(topic).status_code == 200


def test_they_are_a_feed_and_files(client: Client) -> None:
    publish_to_find(knots(3))
    feed = feedparser.parse(client.get("/papers/2601.00001/similar/atom/").content)
    assert feed.feed.title == "Papers like “Knots and braids, part 1”"
    assert len(feed.entries) == 2
    assert client.get("/papers/2601.00001/similar/ris/")["Content-Disposition"] == (
        'attachment; filename="like-260100001.ris"'
    )


def test_any_way_to_write_an_id_leads_there(client: Client) -> None:
    publish_to_find(knots(1))
    answer = client.get("/papers/arXiv:2601.00001v3/similar/")
    assert (answer.status_code, answer["Location"]) == (301, "/papers/2601.00001/similar/")
    assert client.get("/papers/2601.99999/similar/").status_code == 404
    assert client.get("/papers/2601.99999/similar/atom/").status_code == 404


def test_a_paper_that_nothing_is_like_says_so(client: Client) -> None:
    publish_to_find([STARS])
    page = client.get("/papers/2601.90001/similar/")
    assert "No similar papers are known yet." in words(tree(page))


def test_each_list_of_them_counts_as_a_search(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_to_find(knots(3))
    monkeypatch.setattr(rate_limits, "SEARCHES_PER_CLIENT", Limit(2, timedelta(minutes=10)))
    paths = [f"/papers/2601.00001/similar/{format}" for format in ("", "short/", "atom/")]
    assert [client.get(path).status_code for path in paths] == [200, 200, 429]
    assert [client.get(path).status_code for path in paths] == [429, 429, 429]


def test_queries_do_not_grow_with_the_papers(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    publish_to_find(knots(30))
    client.get("/papers/2601.00001/similar/")
    # The paper (3), the limit (2), words, index and vectors (4), versions, days, signals and summaries (4), days with a
    # page.
    with django_assert_num_queries(14):
        client.get("/papers/2601.00002/similar/")
