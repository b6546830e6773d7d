"""The papers a reader marked: their pages, and the files of saved ones for reference managers."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from digest.editions import reader_feedback
from digest.models import Feedback, Paper
from subscriptions.links import tokens
from subscriptions.reader import Reader
from tests.browsers import open_account
from tests.people import ada, bao
from tests.web.pages import accessibility_faults, links, tree, words
from tests.web.publishing import Draft, drafts, publish, store

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("two_readers")]

DOORS = ("", "bibtex/", "ris/", "markdown/", "jsonl/")


def address(door: str = "") -> str:
    return f"/saved/{door}"


def save(person: Reader, *ids: str) -> None:
    for arxiv_id in ids:
        reader_feedback.record_feedback(person.id, Paper.objects.get(arxiv_id=arxiv_id), "save")


def titles(ada_browser: Client, query: str = "", person: Reader = ada) -> list[str]:
    page = (ada_browser if person is ada else open_account(Client(), person.id)).get(address() + query)
    return [words(each) for each in tree(page).iter("h2")]


def test_saved_papers_are_private_with_the_last_one_first(ada_browser: Client) -> None:
    publish(drafts(4))
    save(ada, "2601.00001", "2601.00003")
    save(bao, "2601.00002")
    reader_feedback.record_feedback(ada.id, Paper.objects.get(arxiv_id="2601.00004"), "more")
    assert titles(ada_browser) == ["Paper number 3", "Paper number 1"]
    assert titles(ada_browser, person=bao) == ["Paper number 2"]
    assert "In short: 3." in ada_browser.get(address()).content.decode()


def test_an_empty_list_says_how_papers_come_onto_it(ada_browser: Client) -> None:
    page = ada_browser.get(address())
    assert "Each paper in your letters has a link to save it." in words(tree(page))
    assert not accessibility_faults(page)


def test_after_saving_the_reader_is_shown_the_way_to_the_list(ada_browser: Client) -> None:
    store(Draft())
    said = ada_browser.post(f"/feedback/{tokens.make('feedback', ada.id)}/save/2601.15380/")
    [way] = [link for link in links(said) if link.startswith("/saved/")]
    assert "Attention with better priors" in ada_browser.get(way).content.decode()


def test_a_button_lets_go_of_one_paper_and_a_visit_of_none(ada_browser: Client) -> None:
    publish(drafts(2))
    save(ada, "2601.00001", "2601.00002")
    save(bao, "2601.00001")
    for door in DOORS:
        assert ada_browser.get(address(door), {"paper": "2601.00001"}).status_code == 200
        assert ada_browser.head(address(door)).status_code == 200
    assert Feedback.objects.count() == 3
    page = address() + "?page=1"  # once, as the link has the second in it
    answer = ada_browser.post(page, {"paper": "2601.00001"})
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert titles(ada_browser) == ["Paper number 2"]
    assert titles(ada_browser, person=bao) == ["Paper number 1"]


@pytest.mark.parametrize("paper", ["", "2601.99999", "2601.00002"])
def test_letting_go_of_what_was_not_saved_does_nothing(ada_browser: Client, paper: str) -> None:
    publish(drafts(2))
    save(ada, "2601.00001")
    reader_feedback.record_feedback(ada.id, Paper.objects.get(arxiv_id="2601.00002"), "more")
    assert ada_browser.post(address(), {"paper": paper}).status_code == 302
    assert Feedback.objects.count() == 2


def test_a_form_from_another_site_is_refused() -> None:
    store(Draft())
    save(ada, "2601.15380")
    browser = open_account(Client(), ada.id)
    browser.handler.enforce_csrf_checks = True
    assert browser.post(address(), {"paper": "2601.15380"}).status_code == 403
    assert Feedback.objects.count() == 1


@pytest.mark.parametrize("door", DOORS)
def test_other_browsers_see_nothing_and_nobody_keeps_a_copy(ada_browser: Client, door: str) -> None:
    store(Draft())
    save(ada, "2601.15380")
    stranger = Client()
    for visit in (stranger.get, stranger.post):
        assert visit(address(door), {"paper": "2601.15380"}).status_code in (302, 405)
    assert stranger.get(address(door))["Location"] == "/link/"
    assert Feedback.objects.exists()
    page = ada_browser.get(address(door))
    assert "no-store" in page["Cache-Control"]
    assert "noindex" in page["X-Robots-Tag"]
    assert page["Referrer-Policy"] == "same-origin"
    assert open_account(stranger, bao.id).get(address(door)).content != page.content


def test_the_link_of_a_letter_does_not_open_the_list(ada_browser: Client) -> None:
    """It once did, for ever: bookmarks lead on to the list of whoever's browser it is."""
    bookmark = f"/saved/{tokens.make('feedback', ada.id)}/"
    assert ada_browser.get(bookmark)["Location"] == "/saved/"
    assert Client().get(bookmark, follow=True).redirect_chain[-1] == ("/link/", 302)


def test_a_list_of_twenty_five_is_one_page_and_more_go_on_the_next(ada_browser: Client) -> None:
    publish(drafts(28))
    save(ada, *(f"2601.{number:05}" for number in range(1, 29)))
    assert len(titles(ada_browser)) == 25
    assert titles(ada_browser, "?page=2") == ["Paper number 3", "Paper number 2", "Paper number 1"]
    assert not accessibility_faults(ada_browser.get(address() + "?page=2"))


def test_a_long_list_costs_as_many_queries_as_a_short_one(
    ada_browser: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    publish(drafts(40))
    ada_browser.get(address("bibtex/"))  # opens the window of the limit
    for last in (2, 40):
        save(ada, *(f"2601.{number:05}" for number in range(1, last + 1)))
        # The browser, how many, which, their newest versions, these, their days, signals, summaries
        # and days that have a page.
        with django_assert_num_queries(9):
            ada_browser.get(address())
        # The limit (2) instead of how many, and no days.
        with django_assert_num_queries(9):
            ada_browser.get(address("bibtex/"))


def test_the_whole_list_comes_as_a_file_for_reference_managers(ada_browser: Client) -> None:
    publish(drafts(53))
    save(ada, *(f"2601.{number:05}" for number in range(1, 54)))
    bibtex, ris = ada_browser.get(address("bibtex/")), ada_browser.get(address("ris/"))
    assert bibtex.content.decode().count("@misc{arXiv:2601.") == 53
    assert ris.content.decode().count("TY  - UNPB\r\n") == 53
    markdown, json_lines = ada_browser.get(address("markdown/")), ada_browser.get(address("jsonl/"))
    assert "TL;DR: [extractive] In short: 7." in markdown.content.decode()
    assert json_lines.content.decode().count("\n") == 53
    for file, name in ((bibtex, "saved-papers.bib"), (ris, "saved-papers.ris"), (markdown, "saved-papers.md")):
        assert file["Content-Disposition"] == f'attachment; filename="{name}"'
        assert file["X-Content-Type-Options"] == "nosniff"
        assert ada_browser.post(file.wsgi_request.path).status_code == 405


def test_what_was_marked_otherwise_comes_as_files_too(ada_browser: Client) -> None:
    publish(drafts(2))
    reader_feedback.record_feedback(ada.id, Paper.objects.get(arxiv_id="2601.00002"), "more")
    assert b"Paper number 2" in ada_browser.get("/liked/ris/").content
    assert ada_browser.get("/disliked/ris/").content == b""
    assert ada_browser.get("/saved/atom/").status_code == 302


def test_a_withdrawn_paper_says_so(ada_browser: Client) -> None:
    store(Draft(withdrawn=True))
    save(ada, "2601.15380")
    assert "withdrawn by its authors" in words(tree(ada_browser.get(address())))


@pytest.mark.parametrize(("kind", "door"), [("more", "/liked/"), ("less", "/disliked/")])
def test_what_was_said_of_papers_is_listed_and_can_be_taken_back(ada_browser: Client, kind: str, door: str) -> None:
    publish(drafts(3))
    for number in (1, 2):
        reader_feedback.record_feedback(ada.id, Paper.objects.get(arxiv_id=f"2601.0000{number}"), kind)
    save(ada, "2601.00003")
    page = ada_browser.get(door)
    assert [words(each) for each in tree(page).iter("h2")] == ["Paper number 2", "Paper number 1"]
    assert "BibTeX" in words(tree(page))
    assert not accessibility_faults(page)
    assert ada_browser.post(door, {"paper": "2601.00002"})["Location"] == door
    assert list(Feedback.objects.values_list("kind", "paper__arxiv_id").order_by("pk")) == [
        (kind, "2601.00001"),
        ("save", "2601.00003"),
    ]
    assert "Take this back" in words(tree(ada_browser.get(door)))
    ada_browser.post(door, {"paper": "2601.00001"})
    assert "Nothing here yet." in words(tree(ada_browser.get(door)))
