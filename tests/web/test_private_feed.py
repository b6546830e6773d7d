"""A reader's private feed: made and ended by them alone, readable by its address, and silent about who they are."""

from typing import Any

import feedparser
import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from digest.domain import Reason
from subscriptions.links import tokens
from subscriptions.links.lookup import address_epoch
from subscriptions.models import Subscriber
from subscriptions.services import address_change, end_links, private_feed
from tests.people import ada
from tests.web.forwarded_letter import forward_letter
from tests.web.pages import accessibility_faults, tree, words
from tests.web.publishing import FRIDAY, deliver

pytestmark = pytest.mark.django_db

WHY = (Reason("keyword", "secret interest"),)


def make_feed(browser: Client) -> str:
    """The path of Ada's feed."""
    assert browser.post("/my-feed/").status_code == 302
    return f"/my-feed/{private_feed.find_token(ada.id)}/"


def read(path: str, **headers: str) -> Any:
    return Client().get(f"{path}atom/", headers=headers)


def test_it_has_the_papers_of_the_last_letters_and_the_last_letter_first(ada_browser: Client) -> None:
    deliver([WHY, WHY])
    deliver([WHY], day=FRIDAY.replace(day=26))
    feed = feedparser.parse(read(make_feed(ada_browser)).content)
    assert not feed.bozo
    assert [entry.title for entry in feed.entries] == ["Paper number 1", "Paper number 2"]
    assert feed.feed.title == "Your papers"
    items = Client().get(f"{make_feed(ada_browser)}json/").json()["items"]
    assert [item["title"] for item in items] == ["Paper number 1", "Paper number 2"]


def test_it_is_kept_by_nobody_listed_nowhere_and_not_sent_twice(ada_browser: Client) -> None:
    deliver([WHY])
    path = make_feed(ada_browser)
    answer = read(path)
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Robots-Tag"] == "noindex"
    assert read(path, if_none_match=answer["ETag"]).status_code == 304


def test_it_says_neither_the_address_nor_the_interests(ada_browser: Client) -> None:
    deliver([WHY])
    text = read(make_feed(ada_browser)).content.decode()
    assert "secret interest" not in text
    assert ada.email not in text


def test_the_account_shows_makes_renews_and_ends_it(ada_browser: Client) -> None:
    assert "There is no feed yet." in words(tree(ada_browser.get("/my-feed/")))
    first = make_feed(ada_browser)
    page = ada_browser.get("/my-feed/")
    assert f"https://post.example{first}atom/" in words(tree(page))
    assert not accessibility_faults(page)
    assert ada_browser.get("/my-feed/").content.count(first.encode()) == page.content.count(first.encode())
    second = make_feed(ada_browser)
    assert (read(first).status_code, read(second).status_code) == (410, 200)
    ada_browser.post("/my-feed/", {"end": "1"})
    assert read(second).status_code == 410
    assert "no-store" in read(second)["Cache-Control"]


def test_what_never_was_an_address_is_not_found(ada_browser: Client) -> None:
    path = make_feed(ada_browser)
    for wrong in ("/my-feed/nonsense/", path[:-2] + "x/", f"/my-feed/{tokens.make('account', ada.id, ada.epoch)}/"):
        assert read(wrong).status_code == 404
    assert Client().get(path).status_code == 302
    assert Client().get("/my-feed/")["Location"] == "/link/"


def test_it_ends_with_the_links_of_its_reader_and_when_they_leave(ada_browser: Client) -> None:
    reader = Subscriber.objects.get(id=ada.id)
    path = make_feed(ada_browser)
    end_links.end_all_links(reader)
    assert read(path).status_code == 410
    private_feed.renew(ada.id)
    path = f"/my-feed/{private_feed.find_token(ada.id)}/"
    Subscriber.objects.filter(id=ada.id).update(status=Subscriber.Status.UNSUBSCRIBED)
    assert read(path).status_code == 410
    Subscriber.objects.filter(id=ada.id).update(status=Subscriber.Status.ACTIVE)
    assert read(path).status_code == 200
    Subscriber.objects.filter(id=ada.id).update(new_email="ada2@example.org")
    row = Subscriber.objects.get(id=ada.id)
    address_change.confirm_address_change(tokens.make("address", row.id, address_epoch(row)))
    assert read(path).status_code == 410


def test_a_forwarded_letter_gives_no_power_over_it() -> None:
    """Whoever has it can neither read the feed nor make one."""
    browser = Client()
    for path in forward_letter().values():
        browser.get(path)
    assert browser.post("/my-feed/")["Location"] == "/link/"
    assert Subscriber.objects.get().feed_number is None


def test_a_long_history_costs_as_many_queries_as_a_short_one(
    ada_browser: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    path = make_feed(ada_browser)
    deliver([WHY] * 3)
    read(path)  # opens the window of the limit
    # The limit (2), whose feed, letters, entries, versions, days, signals, summaries.
    with django_assert_num_queries(9):
        read(path)
    deliver([WHY] * 9, day=FRIDAY.replace(day=26))
    with django_assert_num_queries(9):
        read(path)
