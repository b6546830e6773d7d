"""Categories: all of them with counts, and the newest papers of each."""

from datetime import date

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from digest.models import Announcement, Version
from digest.web import category_pages
from digest.web.paper_lists.paper_list import PAPERS_PER_PAGE
from subscriptions.models import Subscriber
from tests.web.pages import accessibility_faults, headings, links, tree, words
from tests.web.publishing import Draft, drafts, publish

pytestmark = pytest.mark.django_db


def test_all_categories_stand_under_their_fields_with_counts(client: Client) -> None:
    publish([*drafts(2), Draft("2601.00003", categories=("hep-th",))])
    response = client.get("/categories/")
    items = [words(each) for each in tree(response).iter("li")]
    assert "Machine Learning cs.LG · 2" in items
    assert "High Energy Physics - Theory hep-th · 1" in items
    assert "Artificial Intelligence cs.AI" in items
    assert "Computer Science" in headings(response, "h2")
    assert not accessibility_faults(response)


def test_a_category_shows_its_newest_papers_first_with_their_days(client: Client) -> None:
    for day in (22, 23):
        publish([Draft(f"2601.000{day}", f"Paper of the {day}nd")], day=date(2026, 1, day))
    publish([Draft("2601.00030", "About strings", categories=("hep-th",))], day=date(2026, 1, 26))
    response = client.get("/categories/cs.LG/")
    assert headings(response) == ["Machine Learning cs.LG"]
    assert [each for each in headings(response, "h2") if each.startswith("Paper")] == [
        "Paper of the 23nd",
        "Paper of the 22nd",
    ]
    assert {"/editions/2026-01-22/", "/editions/2026-01-23/", "/categories/"} <= set(links(response))
    assert not accessibility_faults(response)


def test_a_replaced_paper_is_not_new_again_and_stands_in_its_newest_version(client: Client) -> None:
    publish([Draft("2601.00001", "First words")], day=date(2026, 1, 22))
    first = Version.objects.get()
    second = Version.objects.create(
        paper=first.paper, number=2, title="Better words", abstract="x", authors=["A"], categories=["cs.LG"]
    )
    Announcement.objects.create(version=second, category="cs.LG", day=date(2026, 1, 26), kind="replace")
    response = client.get("/categories/cs.LG/")
    assert "Better words" in headings(response, "h2")
    assert "22 January 2026" in words(tree(response).find("body/main"))
    assert "26 January 2026" not in words(tree(response).find("body/main"))


@pytest.mark.parametrize("code", ["math.IT", "CS.it", "cs.it", "cs.IT%0A"])
def test_other_codes_lead_to_the_one_page(client: Client, code: str) -> None:
    response = client.get(f"/categories/{code}/")
    assert (response.status_code, response["Location"]) == (301, "/categories/cs.IT/")


def test_papers_listed_under_another_code_are_there(client: Client) -> None:
    publish([Draft("2601.00001", "About codes", categories=("math.IT",))])
    assert "About codes" in headings(client.get("/categories/cs.IT/"), "h2")


@pytest.mark.parametrize("code", ["cs", "nothing", "%00", "<script>"])
def test_what_is_no_category_is_a_kind_404(client: Client, code: str) -> None:
    assert client.get(f"/categories/{code}/").status_code in (400, 404)


def test_an_empty_category_says_so(client: Client) -> None:
    said = words(tree(client.get("/categories/cs.LG/")).find("body/main"))
    assert "No paper of this category is stored yet." in said
    assert "This list as" not in said


def test_its_pages_are_bounded(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(category_pages, "MAX_PAPERS", PAPERS_PER_PAGE + 1)
    publish(drafts(60))
    response = client.get("/categories/cs.LG/?page=9")
    assert len(headings(response, "h2")) == 1
    assert "Older papers are found by their day." in words(tree(response).find("body/main"))


def test_one_field_signs_up_for_the_category(client: Client) -> None:
    publish(drafts(1))
    page = client.get("/categories/cs.LG/")
    form = next(each for each in tree(page).iter("form") if "daily-letter" in (each.get("class") or ""))
    sent = {each.get("name", ""): each.get("value", "") for each in form.iter("input")} | {"email": "ada@example.org"}
    response = client.post("/", sent)
    assert response.status_code == 302
    assert Subscriber.objects.get(email="ada@example.org").categories == "cs.LG"


def test_feeds_and_files_have_the_same_papers(client: Client) -> None:
    publish(drafts(3))
    for name in ("atom", "json", "markdown", "jsonl", "bibtex", "ris"):
        assert b"Paper number 2" in client.get(f"/categories/cs.LG/{name}/").content
        assert f"/categories/cs.LG/{name}/" in links(client.get("/categories/cs.LG/"))
    page = words(tree(client.get("/categories/cs.LG/")))
    assert page.index("Paper number 3") < page.index("This list as")


def test_queries_do_not_grow_with_the_papers(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    publish(drafts(40))
    # How many there are, the announcements of the page, which versions, these, their days, signals and summaries, and
    # which days are public.
    with django_assert_num_queries(8):
        client.get("/categories/cs.LG/")
    with django_assert_num_queries(1):
        client.get("/categories/")
