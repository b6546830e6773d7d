"""A reader's past letters, whose papers they rate on a page."""

from datetime import date

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from digest.domain import Choice, Pick, Reason
from digest.models import Delivery, EditionEntry, Feedback
from digest.picking.stored_picks import encode_picks
from subscriptions.reader import Reader
from tests.browsers import open_account
from tests.people import ada, bao
from tests.web.pages import accessibility_faults, links, tree, words
from tests.web.publishing import FRIDAY, Draft, deliver, store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("two_readers")]

MONDAY = date(2026, 1, 26)
PAGE = "/past-letters/2026-01-23/"
REASONS = (Reason("category", "cs.LG", 100),)


def say(ada_browser: Client, answer: str) -> int:
    return ada_browser.post(PAGE, {"act": answer}).status_code


def marks(person: Reader = ada) -> set[tuple[str, str]]:
    rows = Feedback.objects.filter(subscriber=person.id).values_list("kind", "paper__arxiv_id")
    return {(str(kind), str(paper)) for kind, paper in rows}


def pressed(ada_browser: Client) -> list[str]:
    buttons = tree(ada_browser.get(PAGE)).iter("button")
    return [each.get("value", "") for each in buttons if each.get("aria-pressed") == "true"]


def test_letters_that_left_are_listed_with_the_last_one_first(ada_browser: Client) -> None:
    deliver([REASONS] * 2)
    deliver([REASONS], MONDAY)
    deliver([REASONS] * 3, date(2026, 1, 27), state="pending")
    deliver([REASONS] * 3, date(2026, 1, 28), person=bao)
    page = ada_browser.get("/past-letters/")
    assert [link for link in links(page) if link.startswith("/past-letters/2")] == ["/past-letters/2026-01-26/", PAGE]
    assert "26 January 2026 1 paper" in words(tree(page))
    assert not accessibility_faults(page)


def test_without_a_letter_the_list_says_when_one_comes(ada_browser: Client) -> None:
    assert "No letter has left for you yet." in words(tree(ada_browser.get("/past-letters/")))


def test_a_letter_is_a_list_of_its_papers_and_their_reasons(ada_browser: Client) -> None:
    deliver([REASONS] * 2)
    page = ada_browser.get(PAGE)
    assert [words(each) for each in tree(page).iter("h2")] == ["Paper number 1", "Paper number 2"]
    assert "cs.LG, which you follow" in words(tree(page))
    assert not accessibility_faults(page)


def test_what_is_said_is_stored_with_its_place_and_shown(ada_browser: Client) -> None:
    deliver([REASONS] * 2)
    answer = ada_browser.post(PAGE, {"act": "say more 2601.00002"})
    assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}#paper-1")
    assert say(ada_browser, "say save 2601.00001") == 302
    assert Feedback.objects.get(kind="more").place == 2
    assert marks() == {("more", "2601.00002"), ("save", "2601.00001")}
    assert pressed(ada_browser) == ["undo save 2601.00001", "undo more 2601.00002"]


def test_a_second_click_takes_it_back(ada_browser: Client) -> None:
    deliver([REASONS])
    for button in ("say less 2601.00001", "undo less 2601.00001", "undo less 2601.00001"):
        assert say(ada_browser, button) == 302
    assert marks() == set()


def test_less_takes_the_place_of_more(ada_browser: Client) -> None:
    deliver([REASONS])
    say(ada_browser, "say more 2601.00001")
    say(ada_browser, "say less 2601.00001")
    assert marks() == {("less", "2601.00001")}


@pytest.mark.parametrize(
    "answer",
    ["", "say", "say more", "say more 2601.99999", "drop more 2601.00001", "say all 2601.00001", "say more \0"],
)
def test_what_no_button_says_is_refused(ada_browser: Client, answer: str) -> None:
    deliver([REASONS])
    assert say(ada_browser, answer) == 400
    assert marks() == set()


@pytest.mark.parametrize("day", ["2026-01-24", "2026-01-27", "yesterday", "2026-13-40"])
def test_a_day_without_a_letter_is_not_found(ada_browser: Client, day: str) -> None:
    deliver([REASONS])
    deliver([REASONS], date(2026, 1, 27), person=bao)
    assert ada_browser.get(f"/past-letters/{day}/").status_code == 404


def test_a_letter_of_which_only_ranks_are_kept_is_listed_and_cannot_be_rated(ada_browser: Client) -> None:
    deliver([REASONS])
    Delivery.objects.update(picks=[0])
    page = ada_browser.get("/past-letters/")
    assert "1 paper · no longer kept" in words(tree(page))
    assert PAGE not in links(page)
    assert ada_browser.get(PAGE).status_code == 404


def test_other_browsers_see_and_say_nothing(ada_browser: Client) -> None:
    deliver([REASONS])
    stranger = Client()
    for address in ("/past-letters/", PAGE):
        assert stranger.get(address)["Location"] == "/link/"
    assert stranger.post(PAGE, {"act": "say more 2601.00001"})["Location"] == "/link/"
    assert say(open_account(stranger, bao.id), "say more 2601.00001") == 404
    assert marks() == marks(bao) == set()
    assert "no-store" in ada_browser.get(PAGE)["Cache-Control"]


def test_a_form_from_another_site_is_refused() -> None:
    deliver([REASONS])
    browser = open_account(Client(), ada.id)
    browser.handler.enforce_csrf_checks = True
    assert say(browser, "say more 2601.00001") == 403
    assert marks() == set()


def test_a_long_letter_costs_as_many_queries_as_a_short_one(
    ada_browser: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    deliver([REASONS])
    deliver([REASONS] * 20, MONDAY)
    for day in (FRIDAY, MONDAY):
        ada_browser.get(f"/past-letters/{day}/")  # the edition's contents are kept
        with django_assert_num_queries(5):  # the browser, the letter, what the edition holds, the marks
            ada_browser.get(f"/past-letters/{day}/")


def test_a_letter_of_several_days_is_rated_with_all_its_papers(ada_browser: Client) -> None:
    letter = deliver([REASONS])
    earlier = store(Draft("2601.00009", "Of Thursday"), date(2026, 1, 22))
    EditionEntry.objects.create(
        edition=letter.edition,
        version=earlier,
        rank=1,
        score=0.1,
        section="cs.LG",
        kind="new",
        announced_on=date(2026, 1, 22),
    )
    Delivery.objects.update(picks=encode_picks(Choice(tuple(Pick(rank, 1.0, REASONS) for rank in range(2)), 2)))
    assert "Of Thursday" in words(tree(ada_browser.get(PAGE)))
    assert say(ada_browser, "say save 2601.00009") == 302
    assert marks() == {("save", "2601.00009")}
