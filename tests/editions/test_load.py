"""Reading an edition."""

import pytest
from pytest_django import DjangoAssertNumQueries

from digest.domain import SummaryText
from digest.editions.build import build_edition
from digest.editions.load import load_contents
from digest.models import Edition, EditionSummary, Summary
from tests.editions.rows import FRIDAY, announce, observe

pytestmark = pytest.mark.django_db


def test_papers_come_by_rank_with_all_that_is_shown_of_them() -> None:
    announce("Quiet", "math.OC", "cs.LG", kind="cross", section="cs.LG", authors=("Ada L.", "Bo"))
    announce("Loud", upvotes=120, code_url="https://example.org/code")
    contents = load_contents(build_edition(FRIDAY))
    assert [paper.rank for paper in contents.papers] == [0, 1]
    loud, quiet = contents.papers
    assert (loud.title, loud.signals, loud.code_url) == ("Loud", {"upvotes": 120}, "https://example.org/code")
    assert (quiet.authors, quiet.categories) == (("Ada L.", "Bo"), ("math.OC", "cs.LG"))
    assert (quiet.section, quiet.kind, quiet.version, quiet.day) == ("cs.LG", "cross", 1, FRIDAY)
    assert 0 <= quiet.score < loud.score <= 1


def test_the_latest_value_of_each_signal_counts() -> None:
    version = announce("Voted on")
    observe(version.paper, 80, hours_ago=1)
    observe(version.paper, 30, hours_ago=9)
    observe(version.paper, 7, "stars", hours_ago=5)
    assert load_contents(build_edition(FRIDAY)).papers[0].signals == {"upvotes": 80, "stars": 7}


def test_summaries_are_loaded_by_rank_and_language() -> None:
    announce("Quiet")
    version = announce("Loud", upvotes=9)
    edition = build_edition(FRIDAY)
    row = Summary.objects.create(
        version=version, language="en", writer="extractive", tldr="It works.", method="By trying."
    )
    for language in ("en", "zh"):
        EditionSummary.objects.create(entry=edition.entries.get(rank=0), language=language, summary=row)
    summaries = load_contents(edition).summaries
    assert set(summaries) == {(0, "en"), (0, "zh")}
    assert summaries[0, "zh"].language == "en"
    assert summaries[0, "zh"].text == SummaryText("It works.", method="By trying.")


def test_an_empty_edition_has_no_papers() -> None:
    contents = load_contents(Edition.objects.create(day=FRIDAY, note="*Hello*"))
    assert (contents.papers, dict(contents.summaries), contents.note) == ((), {}, "*Hello*")


def test_an_edition_is_loaded_in_three_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(30):
        announce(f"Paper {number}", upvotes=number)
    edition = build_edition(FRIDAY)
    with django_assert_num_queries(3):
        assert len(load_contents(edition).papers) == 30
