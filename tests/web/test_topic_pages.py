"""Topic pages: what a letter with this filter would hold, in two orders, and how to get it by mail."""

from datetime import timedelta

import feedparser
import pytest
from django.test import Client

from digest.models import Paper
from digest.search.find import search_archive
from digest.web import search_page, topic_pages
from subscriptions.models import Subscriber
from tests.editions.rows import observe
from tests.web.finding import knots, list_titles, publish_to_find
from tests.web.pages import accessibility_faults, links, tree, words
from tests.web.publishing import FRIDAY, Draft

pytestmark = pytest.mark.django_db

EARLIER = FRIDAY - timedelta(days=7)


def test_the_newest_come_first_or_the_most_noticed(client: Client) -> None:
    publish_to_find([Draft(arxiv_id="2601.70001", title="Knots, noticed")], EARLIER)
    observe(Paper.objects.get(arxiv_id="2601.70001"), 50)
    publish_to_find(knots(2))
    newest, noticed = client.get("/topics/knots/"), client.get("/topics/knots/?order=noticed")
    assert list_titles(newest)[-1] == list_titles(noticed)[0] == "Knots, noticed"
    assert "3 papers" in words(tree(newest))
    assert not accessibility_faults(newest)
    assert "/topics/knots/atom/?order=noticed" in links(noticed)


def test_thousands_of_papers_are_easy_to_read(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_to_find(knots(1))
    found = search_archive("knots", 1)._replace(total=8533)
    for module in (topic_pages, search_page):
        monkeypatch.setattr(module, "search_archive", lambda *_asked, **_how: found)
    assert "8,533 papers" in words(tree(client.get("/topics/knots/")))
    assert "8,533 papers have all of it" in words(tree(client.get("/search/?q=knots")))


def test_it_says_when_papers_with_the_words_apart_come_last(client: Client) -> None:
    words_apart = "Knots " + "and other things that are much longer than a sentence " * 3 + "braids."
    publish_to_find([*knots(2), Draft(arxiv_id="2601.80001", title="Apart", abstract=words_apart)])
    said = "those that have the words together come first"
    assert said in words(tree(client.get("/topics/knots braids/")))
    assert list_titles(client.get("/topics/knots braids/"))[-1] == "Apart"
    assert said in words(tree(client.get("/search/", {"q": "knots braids", "order": "newest"})))
    for path in ("/topics/knots braids/?order=relevance", "/topics/knots/", '/topics/"knots and braids"/'):
        assert said not in words(tree(client.get(path)))


def test_a_topic_may_be_any_filter(client: Client) -> None:
    publish_to_find([*knots(2), Draft(arxiv_id="2601.80001", title="TCP/IP for knots", categories=("cs.NI",))])
    assert list_titles(client.get("/topics/knots cat:cs.NI/")) == ["TCP/IP for knots"]
    assert list_titles(client.get("/topics/TCP%2FIP/")) == ["TCP/IP for knots"]
    assert list_titles(client.get("/topics/knots -braids/")) == ["TCP/IP for knots"]
    assert client.get("/topics/TCP%2FIP/ris/").content.count(b"TY  - ") == 1


def test_the_form_leads_to_the_one_address_of_a_topic(client: Client) -> None:
    assert client.get("/topics/", {"topic": "  sparse   attention "})["Location"] == "/topics/sparse%20attention/"
    answer = client.get("/topics/sparse%20%20attention/")
    assert (answer.status_code, answer["Location"]) == (301, "/topics/sparse%20attention/")
    page = client.get("/topics/")
    assert page.status_code == 200
    assert not accessibility_faults(page)


def test_one_field_asks_for_the_letter(client: Client) -> None:
    publish_to_find(knots(1))
    [form] = [each for each in tree(client.get("/topics/knots -links/")).iter("form") if each.get("method") == "post"]
    fields = {each.get("name", ""): each.get("value", "") for each in form.iter("input")}
    seen = [each for each in form.iter("input") if each.get("type") == "email"]
    assert len(seen) == 1
    answer = client.post(form.get("action", ""), {**fields, "email": "zoe@example.org"})
    assert (answer.status_code, answer["Location"].startswith("/sent/")) == (302, True)
    assert Subscriber.objects.get(email="zoe@example.org").filters == "knots -links"


def test_what_cannot_be_read_is_marked_and_is_no_page(client: Client) -> None:
    page = client.get("/topics/knots (braids/")
    assert page.status_code == 404
    assert "This bracket is never closed." in words(tree(page))
    assert not accessibility_faults(page)
    assert client.get("/topics/knots (braids/atom/").status_code == 404


def test_a_topic_without_papers_still_offers_the_letter(client: Client) -> None:
    publish_to_find(knots(3))
    page = client.get("/topics/zebras/")
    assert "No paper of the archive has this yet." in words(tree(page))
    said = words(tree(page))
    assert said.index("No paper of the archive has this yet.") < said.index("Get this once a day by e-mail")
    assert "noindex" in page.content.decode()
    assert not accessibility_faults(page)


def test_a_topic_is_a_feed(client: Client) -> None:
    publish_to_find(knots(3))
    feed = feedparser.parse(client.get("/topics/knots/atom/").content)
    assert not feed.bozo
    assert (feed.feed.title, len(feed.entries)) == ("knots", 3)
    assert (
        client.get(
            "/topics/knots/atom/", headers={"if-none-match": client.get("/topics/knots/atom/")["ETag"]}
        ).status_code
        == 304
    )


def test_a_search_leads_to_its_topic(client: Client) -> None:
    publish_to_find(knots(1))
    assert "/topics/knots/" in links(client.get("/search/?q=knots"))


@pytest.mark.parametrize(
    "phrase", ["%3Cscript%3E", "..%2F..%2Fetc", "%0D%0ABcc:%20x", "a" * 400, "%FF", "//evil.example", "%2F"]
)
def test_whatever_stands_in_the_address_is_answered(client: Client, phrase: str) -> None:
    answer = client.get(f"/topics/{phrase}/", follow=True)
    assert answer.status_code in (200, 400, 404)
    assert "<script>" not in answer.content.decode()
