"""What becomes known of papers after their announcement is noted, once for each paper and kind."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries

from digest.domain import FetchedPaper
from digest.editions.build import build_edition
from digest.ingest.note_news import note_news
from digest.ingest.store_papers import store_papers
from digest.models import Paper, PaperNews, Version
from digest.signals.collect import store_code_links
from tests.editions.rows import FRIDAY, announce, deliver
from tests.people import ada, subscribe

pytestmark = pytest.mark.django_db

MONDAY = FRIDAY - timedelta(days=4)
PAPER = FetchedPaper(
    arxiv_id="2601.00001",
    title="Attention in trees",
    abstract="We look at trees.",
    authors=("Grace Hopper",),
    categories=("cs.LG",),
    day=MONDAY,
    where="line 1",
    version=1,
)


def fetch(day: date, *papers: FetchedPaper, **changes: object) -> None:
    with time_machine.travel(f"{day}T02:00Z", tick=False):
        store_papers(papers or [replace(PAPER, day=day, **changes)], day)  # type: ignore[arg-type]


def noted() -> list[tuple[str, date, str, str]]:
    return sorted(PaperNews.objects.values_list("kind", "day", "reference", "address"))


def test_a_new_version_with_a_reference_was_published() -> None:
    fetch(MONDAY)
    fetch(FRIDAY, version=2, kind="replace", journal_ref="J. Trees 7 (2026) 1", doi="10.1000/trees.7")
    assert noted() == [("published", FRIDAY, "J. Trees 7 (2026) 1", "https://doi.org/10.1000/trees.7")]
    assert PaperNews.objects.get().title == "Attention in trees"


def test_a_reference_in_a_later_listing_of_the_same_version_is_noted_once() -> None:
    fetch(MONDAY)
    for days in (1, 2):
        fetch(MONDAY + timedelta(days=days), kind="cross", section="stat.ML", doi="10.1000/trees.7")
    assert noted() == [("published", MONDAY + timedelta(days=1), "10.1000/trees.7", "https://doi.org/10.1000/trees.7")]
    assert Version.objects.get().doi == ""


def test_code_that_a_later_version_names_is_noted() -> None:
    fetch(MONDAY)
    fetch(FRIDAY, version=2, kind="replace", code_url="https://github.com/hopper/trees")
    assert noted() == [("code", FRIDAY, "", "https://github.com/hopper/trees")]


def test_what_was_known_from_the_beginning_is_no_news() -> None:
    fetch(MONDAY, doi="10.1000/trees.7", code_url="https://github.com/hopper/trees")
    fetch(FRIDAY, version=2, kind="replace", journal_ref="J. Trees", code_url="https://github.com/hopper/forest")
    assert noted() == []


def test_what_the_same_day_tells_later_is_no_news() -> None:
    fetch(MONDAY)
    fetch(MONDAY, doi="10.1000/trees.7")
    assert noted() == []


@pytest.mark.parametrize(
    ("doi", "address"),
    [
        ("10.1000/a b", "https://doi.org/10.1000/a"),
        ('10.1000/"><script>', "https://doi.org/10.1000/%22%3E%3Cscript%3E"),
        (" ", ""),
        ("10.1000/" + "ü" * 150, ""),
    ],
)
def test_no_doi_makes_an_address_elsewhere(doi: str, address: str) -> None:
    fetch(MONDAY)
    fetch(FRIDAY, version=2, kind="replace", doi=doi, journal_ref="J. Trees")
    assert noted() == [("published", FRIDAY, "J. Trees", address)]


def test_papers_without_any_cost_no_query_and_others_one(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    papers = [replace(PAPER, arxiv_id=f"2601.{number:05}") for number in range(1, 6)]
    fetch(MONDAY, *papers)
    rows = dict(Paper.objects.values_list("arxiv_id", "id"))
    with django_assert_num_queries(0):
        note_news([replace(paper, day=FRIDAY) for paper in papers], rows, FRIDAY)
    with django_assert_num_queries(2):
        note_news([replace(paper, day=FRIDAY, doi="10.1000/1") for paper in papers], rows, FRIDAY)


def test_code_on_a_list_is_news_of_a_paper_that_a_letter_showed_without() -> None:
    version = announce("Shown")
    other = announce("In the same edition")
    subscribe(ada)
    deliver(build_edition(FRIDAY), ada, 0)
    later = announce("Of Monday", day=FRIDAY + timedelta(days=3))
    pages = {each.paper_id: f"https://github.com/hopper/{each.paper_id}" for each in (version, other, later)}
    store_code_links(pages, FRIDAY + timedelta(days=3))
    assert set(PaperNews.objects.values_list("paper", flat=True)) == {version.paper_id, other.paper_id}
    later.refresh_from_db()
    assert later.code_url == pages[later.paper_id]
