"""One paper has the same day and the same votes on every list, in every feed and file, and in the API."""

import json

import feedparser
import pytest
from django.test import Client

from digest.editions import reader_feedback
from digest.models import Paper
from tests.editions.rows import observe
from tests.people import ada
from tests.web.finding import knots, publish_to_find
from tests.web.pages import tree, words

pytestmark = pytest.mark.django_db

# Where a paper of Grace Hopper on knots in cs.LG is listed, which ada saved.
LISTS = (
    "/editions/2026-01-23/",
    "/categories/cs.LG/",
    "/authors/Grace Hopper/",
    "/topics/knots/",
    "/search/?q=knots",
    "/papers/2601.00002/similar/",
    "/saved/",
)
ANSWERS = ("editions/2026-01-23", "categories/cs.LG", "topics?topic=knots", "search?q=knots")


@pytest.fixture(autouse=True)
def _a_paper_that_was_announced_long_before_it_was_stored(two_readers: None) -> None:
    publish_to_find(knots(2))
    paper = Paper.objects.get(arxiv_id="2601.00001")
    observe(paper, 12)
    observe(paper, 345, "stars")
    reader_feedback.record_feedback(ada.id, paper, "save")


def in_format(path: str, name: str) -> str:
    before, _, query = path.partition("?")
    return f"{before}{name}/?{query}"


@pytest.mark.parametrize("path", LISTS)
def test_pages_show_them(ada_browser: Client, path: str) -> None:
    [card] = [each for each in tree(ada_browser.get(path)).iter("article") if "part 1" in words(each)]
    assert "12 upvotes" in words(card)
    assert "345" in words(card)
    days = {words(link): link.get("href") for link in card.iter("a") if "announced" in words(link)}
    assert days == {"announced 23 January 2026": "/editions/2026-01-23/"} or path.startswith("/editions/")


@pytest.mark.parametrize("path", LISTS[:-1])
def test_feeds_say_them(client: Client, path: str) -> None:
    entries = feedparser.parse(client.get(in_format(path, "atom")).content).entries
    assert {each.updated for each in entries} == {"2026-01-23T00:00:00+00:00"}
    items = json.loads(client.get(in_format(path, "json")).content)["items"]
    assert {each["date_modified"] for each in items} == {"2026-01-23T00:00:00+00:00"}


@pytest.mark.parametrize("path", LISTS)
def test_files_say_them(ada_browser: Client, path: str) -> None:
    rows = [json.loads(line) for line in ada_browser.get(in_format(path, "jsonl")).content.decode().splitlines()]
    [row] = [row for row in rows if row["id"] == "2601.00001"]
    assert (row["announced"], row["code_stars"]) == ("2026-01-23", 345)


@pytest.mark.parametrize("path", ANSWERS)
def test_the_api_says_them(client: Client, path: str) -> None:
    papers = client.get(f"/api/v1/{path}").json()["papers"]
    [paper] = [each for each in papers if each["id"] == "2601.00001"]
    alone = client.get("/api/v1/papers/2601.00001").json()
    assert (paper["announced"], paper["signals"]) == ("2026-01-23", {"upvotes": 12, "stars": 345})
    assert (alone["announced"], alone["signals"]) == (paper["announced"], paper["signals"])
