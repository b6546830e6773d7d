"""A letter, viewed in the browser by its signed link."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from digest.delivery.letter_order import order_for_delivery
from digest.editions import load
from digest.letters.prerendered.renderer import LetterRenderer
from digest.letters.sender import Sender
from digest.models import Delivery, Edition
from digest.picking import planner
from digest.summaries.write import write_summaries
from subscriptions.links import tokens
from subscriptions.models import FormerInterests, Subscriber
from subscriptions.preference_defaults import Preferences
from subscriptions.services.preferences import change_preferences
from tests.people import ada, subscribe
from tests.web.pages import accessibility_faults, headings, links, tree, words
from tests.web.publishing import FRIDAY, Draft, drafts, publish

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 23, 8, tzinfo=UTC)


@pytest.fixture
def delivery() -> Delivery:
    edition = publish([Draft("2601.00001", "The chosen one", tldr="In short."), Draft("2601.00002", "Not chosen")])
    return Delivery.objects.create(
        edition=edition,
        subscriber=subscribe(ada),
        state="accepted",
        picks=[[0, 1.0, [["category", "cs.LG"]]]],
        matched=2,
        language="en",
        detail="tldr",
        created_at=NOW,
    )


def address(delivery: Delivery, epoch: int = 0) -> str:
    return f"/letters/{tokens.make('letter', delivery.pk, epoch)}/"


def test_it_is_the_letter_that_was_sent(client: Client, delivery: Delivery) -> None:
    renderer = LetterRenderer(load.load_contents(delivery.edition), Sender.from_settings())
    sent = renderer.letter(ada, order_for_delivery(delivery))
    response = client.get(address(delivery))
    assert response.content.decode() == sent.html.replace("ada@example.org", "a…@example.org")
    assert "The chosen one" in sent.html
    assert "Not chosen" not in sent.html


def test_it_tells_of_the_same_papers_sent_before(client: Client, delivery: Delivery) -> None:
    Delivery.objects.update(notices=[1])
    page = words(tree(client.get(address(delivery))).find("body"))
    assert "News of papers you kept or were sent “Not chosen” has a new version" in page


def test_nothing_in_it_can_run_or_be_kept(client: Client, delivery: Delivery) -> None:
    response = client.get(address(delivery))
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "no-store" in response["Cache-Control"]
    assert "noindex" in response["X-Robots-Tag"]
    assert response["Referrer-Policy"] == "same-origin"


def test_looking_changes_nothing(client: Client, delivery: Delivery) -> None:
    before = Delivery.objects.values().get()
    assert client.get(address(delivery)).status_code == 200
    assert client.head(address(delivery)).status_code == 200
    assert client.post(address(delivery)).status_code == 405
    assert Delivery.objects.values().get() == before


def test_renewed_links_and_deleted_readers_close_it(client: Client, delivery: Delivery) -> None:
    Subscriber.objects.update(epoch=1)
    assert client.get(address(delivery)).status_code == 410
    assert client.get(address(delivery, epoch=1)).status_code == 200
    Subscriber.objects.all().delete()
    assert client.get(address(delivery, epoch=1)).status_code == 410


def test_other_tokens_do_not_open_it(client: Client, delivery: Delivery) -> None:
    for token in (tokens.make("manage", delivery.pk), tokens.make("letter", 999), "x", "x" * 5000):
        response = client.get(f"/letters/{token}/")
        assert response.status_code in (400, 410)
        assert headings(response)[0].startswith("This link")
        assert not accessibility_faults(response)


def test_a_delivery_that_held_no_letter_has_no_page(client: Client, delivery: Delivery) -> None:
    Delivery.objects.update(picks=[], state="excluded", reason="no_match")
    assert client.get(address(delivery)).status_code == 404


def test_the_key_of_the_site_signs_the_link(client: Client, delivery: Delivery, settings: Settings) -> None:
    link = address(delivery)
    settings.SECRET_KEY = "another key"
    assert client.get(link).status_code == 400


def test_all_that_matched_stands_on_a_page_of_its_own(client: Client, delivery: Delivery) -> None:
    response = client.get(address(delivery), {"all": "1"})
    assert headings(response, "h2") == ["The chosen one", "Not chosen"]
    page = words(tree(response).find("body/main"))
    assert "2 papers of this edition" in page
    assert "which you follow" not in page, "a forwarded letter tells nobody what its reader asked for"
    assert not accessibility_faults(response)
    assert "no-store" in response["Cache-Control"]


def test_a_long_list_of_matches_has_pages(client: Client) -> None:
    delivery = Delivery.objects.create(
        edition=publish(drafts(40)), subscriber=subscribe(ada), picks=[[0, 1.0, []]], matched=40, created_at=NOW
    )
    first = client.get(address(delivery), {"all": "1"})
    assert len(headings(first, "h2")) == 25
    [following] = [link for link in links(first) if "page=2" in link]
    assert len(headings(client.get(f"{address(delivery)}{following}"), "h2")) == 15


def test_what_matched_then_is_shown_whatever_changed_since(client: Client, delivery: Delivery) -> None:
    row, before = Subscriber.objects.get(), headings(client.get(address(delivery), {"all": "1"}), "h2")
    for filters in (("quantum",), ("gravity",), ("chosen",)):
        change_preferences(row, Preferences(filters=filters))
    assert headings(client.get(address(delivery), {"all": "1"}), "h2") == before == ["The chosen one", "Not chosen"]
    Delivery.objects.update(created_at=datetime.now(UTC))
    page = client.get(address(delivery), {"all": "1"})
    assert "2 papers of this edition" in words(tree(page).find("body/main")), "both have the word chosen"
    FormerInterests.objects.all().delete()
    change_preferences(row, Preferences(filters=("nothing",)))
    Delivery.objects.update(created_at=datetime.now(UTC))
    assert "0 papers of this edition" in words(tree(client.get(address(delivery), {"all": "1"})).find("body/main"))


@pytest.mark.parametrize("question", ["", "?all=1"])
def test_its_link_ends_after_120_days(client: Client, delivery: Delivery, question: str) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        link = address(delivery) + question
        clock.shift(timedelta(days=120))
        assert client.get(link).status_code == 200
        clock.shift(timedelta(seconds=1))
        response = client.get(link)
        assert response.status_code == 410
        assert "Letters are kept for 120 days" in words(tree(response).find("body/main"))
        assert not accessibility_faults(response)


def test_a_shortened_letter_says_how_long_letters_are_kept(client: Client, delivery: Delivery) -> None:
    Delivery.objects.update(picks=[0])
    response = client.get(address(delivery))
    assert response.status_code == 410
    assert "Letters are kept for 120 days" in words(tree(response).find("body/main"))


@pytest.mark.parametrize("question", ["", "?all=1"])
def test_neither_page_opens_for_renewed_links(client: Client, delivery: Delivery, question: str) -> None:
    Subscriber.objects.update(epoch=1)
    assert client.get(address(delivery) + question).status_code == 410


def test_a_letter_of_several_days_shows_their_papers_and_all_that_matched(client: Client) -> None:
    monday = FRIDAY - timedelta(days=4)
    earlier = publish([Draft("2601.00003", "Of Monday", tldr="In short."), Draft("2601.00004", "Other")], monday)
    publish([Draft("2601.00001", "Of Friday", tldr="In short.")])
    subscribe(ada, days=1 << FRIDAY.weekday())
    planner.plan_everyone(Edition.objects.get(day=FRIDAY), NOW)
    write_summaries(Edition.objects.get(day=FRIDAY), {"en": {0, 1, 2}})
    letter = Delivery.objects.get()
    page = words(tree(client.get(address(letter))).find("body"))
    assert "Your papers from 19 to 23 January 2026" in page
    assert [title in page for title in ("Of Friday", "Of Monday", "Other")] == [True] * 3
    everything = client.get(f"{address(letter)}?all=1")
    assert sorted(headings(everything, "h2")) == ["Of Friday", "Of Monday", "Other"]
    page = words(tree(everything).find("body"))
    assert "3 papers of these days" in page
    assert "Monday, 19 January 2026 – Friday, 23 January 2026" in page
    for day, titles in ((FRIDAY, ["Of Friday"]), (earlier.day, ["Of Monday", "Other"])):
        assert headings(client.get(f"/editions/{day}/"), "h2") == titles
