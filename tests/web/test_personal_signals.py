"""The page of what letters are made of: what each signal did, its switch and its reset."""

from datetime import date

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from digest.domain import Pick, Reason
from digest.editions import reader_feedback
from digest.models import Delivery, Feedback, Paper
from digest.web.personal_signals import FAMILY_OF_KIND, SHOWN_FAMILIES, LetterPart, measure_families
from subscriptions.links import tokens
from subscriptions.models import Subscriber
from subscriptions.preference_defaults import SIGNAL_FAMILIES
from subscriptions.reader import Reader
from tests.browsers import open_account
from tests.people import ada, bao, subscribe
from tests.web.pages import accessibility_faults, tree, words
from tests.web.publishing import deliver, drafts, publish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("two_readers")]

MIXED = (
    (Reason("like", "Graphs", 60, 2), Reason("category", "cs.LG", 40)),
    (Reason("keyword_in_title", "attention", 50), Reason("keyword", "graph", 30), Reason("category", "cs.LG", 20)),
    (Reason("explore", ""), Reason("category", "cs.LG", 100)),
    (Reason("author", "Ada Lovelace", 90), Reason("trending", "12 upvotes", 10)),
)


@pytest.fixture
def two_readers() -> None:
    """Two readers, of whom Ada follows an author too."""
    subscribe(ada, filters="attention\ngraph\nauthor:lovelace")
    subscribe(bao)


def mark(kind: str, *numbers: int, person: Reader = ada) -> None:
    for number in numbers:
        reader_feedback.record_feedback(person.id, Paper.objects.get(arxiv_id=f"2601.0000{number}"), kind)


def sections(ada_browser: Client) -> dict[str, str]:
    page = tree(ada_browser.get("/signals/"))
    return {str(each.get("aria-labelledby")): words(each) for each in page.iter("section")}


def test_every_kind_of_reason_belongs_to_a_family_of_the_page() -> None:
    assert set(FAMILY_OF_KIND.values()) | {"dislikes"} == set(SHOWN_FAMILIES)
    assert set(SHOWN_FAMILIES) == {*SIGNAL_FAMILIES, "popularity"}


def test_a_family_brought_the_papers_that_it_decided() -> None:
    parts = measure_families([Pick(rank, 1.0, reasons) for rank, reasons in enumerate(MIXED)])
    assert parts["likes"] == LetterPart(1, 15)
    assert parts["filters"] == LetterPart(1, 20)
    assert parts["categories"] == LetterPart(0, 40)
    assert parts["new"] == LetterPart(1, 0)
    assert parts["authors"] == LetterPart(1, 22)
    assert parts["popularity"] == LetterPart(0, 2)


def test_the_page_says_what_each_signal_did_in_the_last_letter(ada_browser: Client) -> None:
    deliver(MIXED[:1], day=date(2026, 1, 22))
    deliver(MIXED)
    deliver(MIXED[:2], person=bao, day=date(2026, 1, 26))
    deliver((MIXED[1],), day=date(2026, 1, 27), state="failed")
    mark("more", 1, 2)
    mark("save", 3)
    mark("less", 4)
    found = sections(ada_browser)
    assert list(found) == list(SHOWN_FAMILIES)
    assert "Papers like the 3 that you marked" in found["likes"]
    assert "In your last letter: brought 1 of 4 papers, 15% of the scores." in found["likes"]
    assert "brought 0 of 4 papers, 40% of the scores." in found["categories"]
    assert "cs.LG · stat.ML" in found["categories"]
    assert "attention · graph" in found["filters"]
    assert "author:lovelace" in found["authors"]
    assert "it brings no papers, it keeps some out" in found["dislikes"]
    page = ada_browser.get("/signals/")
    assert "Figures are of your last letter, of 23 January 2026, with 4 papers." in words(tree(page))
    assert not accessibility_faults(page)


def test_a_letter_from_before_shares_tells_only_its_papers(ada_browser: Client) -> None:
    deliver(((Reason("category", "cs.LG"),), (Reason("keyword", "graph"), Reason("category", "cs.LG"))))
    found = sections(ada_browser)
    assert "In your last letter: brought 1 of 2 papers." in found["filters"]
    assert "scores" not in found["categories"]


@pytest.mark.parametrize("picks", [None, [0, 1]], ids=["no letter", "only ranks are left"])
def test_without_a_letter_there_is_nothing_to_tell(ada_browser: Client, picks: list[int] | None) -> None:
    if picks:
        deliver(MIXED)
        Delivery.objects.update(picks=picks)
    assert "Once a letter has left for you, this page says" in words(tree(ada_browser.get("/signals/")))
    assert not any("In your last letter" in text for text in sections(ada_browser).values())


def test_the_page_takes_the_same_queries_for_any_history(
    ada_browser: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    deliver(MIXED)
    mark("more", 1, 2, 3, 4)
    with django_assert_num_queries(4):
        ada_browser.get("/signals/")


def test_switches_and_the_weight_are_stored(ada_browser: Client) -> None:
    on = [family for family in SIGNAL_FAMILIES if family not in ("likes", "new")]
    assert ada_browser.post("/signals/", {"on": on, "popularity": "much"}).status_code == 302
    row = Subscriber.objects.get(id=ada.id)
    assert (row.popularity, row.switched_off) == ("much", "likes new")
    boxes = {each.get("value"): each.get("checked") for each in tree(ada_browser.get("/signals/")).iter("input")}
    assert boxes["likes"] is None
    assert boxes["authors"] is not None
    assert 'value="much" selected' in ada_browser.get("/signals/").content.decode()
    assert ada_browser.post("/signals/", {"on": on, "popularity": "all"}).status_code == 404


@pytest.mark.parametrize(("what", "kind"), [("likes", "more"), ("saved", "save"), ("dislikes", "less")])
def test_a_reset_asks_once_and_deletes_the_own_marks(ada_browser: Client, what: str, kind: str) -> None:
    publish(drafts(4))
    for each, number in (("more", 1), ("save", 2), ("less", 3)):
        mark(each, number)
    mark(kind, 4, person=bao)
    question = ada_browser.get(f"/signals/reset/{what}/")
    assert "1 paper" in words(tree(question))
    assert Feedback.objects.count() == 4, "a GET changes nothing"
    assert ada_browser.post(f"/signals/reset/{what}/", follow=True).status_code == 200
    assert set(Feedback.objects.filter(subscriber=ada.id).values_list("kind", flat=True)) == {
        "more",
        "save",
        "less",
    } - {kind}
    assert Feedback.objects.filter(subscriber=bao.id).count() == 1


def test_interests_are_reset_until_none_would_be_left(ada_browser: Client) -> None:
    assert "Forgotten." in words(tree(ada_browser.post("/signals/reset/filters/", follow=True)))
    assert Subscriber.objects.get(id=ada.id).filters == "author:lovelace"
    ada_browser.post("/signals/reset/authors/")
    assert "Nothing was changed" in words(tree(ada_browser.post("/signals/reset/categories/", follow=True)))
    assert Subscriber.objects.get(id=ada.id).categories == "cs.LG stat.ML"
    ada_browser.post("/signals/reset/popularity/")
    assert Subscriber.objects.get(id=ada.id).popularity == ""
    assert ada_browser.get("/signals/reset/weather/").status_code == 404


def test_the_page_is_for_the_reader_s_own_browsers() -> None:
    """The link of a forwarded letter opens nothing here, and neither does another reader's browser."""
    publish(drafts(1))
    mark("more", 1)
    stranger = Client()
    stranger.get(f"/preferences/{tokens.make('manage', ada.id, 0)}/")
    other = open_account(Client(), bao.id)
    for path in ("/signals/", "/signals/reset/likes/"):
        assert stranger.get(path).headers["Location"] == "/link/"
        assert stranger.post(path).headers["Location"] == "/link/"
        assert other.post(path, {"on": []}).status_code == 302
    assert Feedback.objects.count() == 1
    assert Subscriber.objects.get(id=ada.id).switched_off == ""
