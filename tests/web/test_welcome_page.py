"""The page after the confirmation shows the first letter, and asks for ratings."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client

from digest.domain import Choice, Reason
from digest.models import Feedback
from digest.picking.stored_picks import decode_picks, encode_picks
from subscriptions.models import Subscriber
from tests.browsers import open_account
from tests.people import ada
from tests.web.pages import accessibility_faults, headings, tree, words
from tests.web.publishing import deliver, drafts, publish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("two_readers")]


def deliver_first_of(papers: int, count: int) -> None:
    """A letter with the first papers of an edition."""
    delivery = deliver([(Reason("category", "cs.LG", 100),)] * papers)
    picks = decode_picks(delivery.picks)[:count]
    delivery.picks = encode_picks(Choice(picks, papers))
    delivery.save()


def test_it_shows_the_papers_of_the_letter_and_asks_for_five_ratings(ada_browser: Client) -> None:
    deliver_first_of(10, 4)
    page = ada_browser.get("/welcome/")
    assert not accessibility_faults(page)
    assert "your first letter is on its way" in words(tree(page).find("body/main"))
    assert len(headings(page, "h3")) == 4
    names = list(
        dict.fromkeys(each.get("name", "") for each in tree(page).iter("input") if each.get("type") == "radio")
    )
    assert len(names) == 5
    in_letter = {f"rate-2601.{number:05}" for number in range(1, 5)}
    assert in_letter.isdisjoint(names)
    answer = ada_browser.post(
        "/welcome/", {names[0]: "more", names[1]: "less", names[2]: "", "rate-2601.99999": "more"}
    )
    assert answer["Location"] == "/welcome/?rated=1"
    said = Feedback.objects.values_list("paper__arxiv_id", "kind")
    assert set(said) == {(names[0][5:], "more"), (names[1][5:], "less")}
    assert "It counts from your next letter on." in ada_browser.get(answer["Location"]).content.decode()


def test_a_letter_that_leaves_too_few_papers_asks_for_none(ada_browser: Client) -> None:
    deliver_first_of(6, 4)
    assert "Better letters in a minute" not in words(tree(ada_browser.get("/welcome/")))


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        ("", "your first letter is on its way. This is what the newest edition holds for you."),
        ("nothing-has-this", "If the last days hold something for you, your first letter comes at once."),
    ],
)
def test_before_the_letter_is_planned_it_promises_what_is_known(ada_browser: Client, filters: str, told: str) -> None:
    Subscriber.objects.filter(id=ada.id).update(filters=filters, **({"categories": ""} if filters else {}))
    publish(drafts(4))
    assert told in words(tree(ada_browser.get("/welcome/")).find("body/main"))


@time_machine.travel(datetime(2026, 1, 23, 6, tzinfo=UTC), tick=False)
def test_the_letter_of_the_day_is_not_promised_again(ada_browser: Client) -> None:
    """It is six o'clock on Friday, the first letter has Friday's papers, and letters come at eight."""
    deliver_first_of(6, 4)
    assert "Expect the next one on Monday, 26 January 2026 at 08:00 (UTC)" in words(tree(ada_browser.get("/welcome/")))


def test_it_is_its_reader_s_own(client: Client) -> None:
    assert client.get("/welcome/")["Location"] == "/link/"
    assert client.post("/welcome/", {"rate-2601.00001": "more"})["Location"] == "/link/"
    assert open_account(client, ada.id).get("/welcome/").status_code == 200
