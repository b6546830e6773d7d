"""What a search page asks for: authors, days, categories, orders, and words that were mistyped."""

from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from digest.models import Version
from digest.search.find import EVERYTHING, Found, Order, Scope, search_archive
from digest.search.index import index_versions
from tests.editions.rows import FRIDAY, announce, announce_again, observe

pytestmark = pytest.mark.django_db

MONDAY = FRIDAY - timedelta(days=4)


def titles(found: Found) -> list[str]:
    stored = Version.objects.in_bulk([hit.version_id for hit in found.hits])
    return [stored[hit.version_id].title for hit in found.hits]


def search(text: str, scope: Scope = EVERYTHING, order: Order = "relevance", *, exactly: bool = False) -> Found:
    index_versions()
    return search_archive(text, 10, scope=scope, order=order, exactly=exactly)


def test_a_name_finds_the_papers_of_its_author_first() -> None:
    announce("Knots after Hopper", abstract="Grace and Hopper are words here.", authors=("Alan Turing",))
    announce("Compilers", authors=("Grace Hopper",))
    assert titles(search("grace hopper"))[0] == "Compilers"
    assert titles(search("Hopper"))[0] == "Compilers"
    assert titles(search("hopper grace")) == ["Knots after Hopper"]


def test_a_scope_leaves_out_other_categories_and_days() -> None:
    announce("Knots one", "math.GT", day=MONDAY)
    announce("Knots two", "cs.LG", day=FRIDAY)
    assert titles(search("knots", Scope(("cs.LG",)))) == ["Knots two"]
    assert titles(search("knots", Scope(first_day=FRIDAY))) == ["Knots two"]
    assert titles(search("knots", Scope(last_day=MONDAY))) == ["Knots one"]
    assert titles(search("knots", Scope(("cs", "math"), MONDAY, FRIDAY))) != []
    assert search("knots", Scope(("hep-th",))) == Found([], 0)
    assert search("knots", Scope(("cs.LG",), last_day=MONDAY)).total == 0


def test_the_newest_have_all_of_the_query_in_any_form() -> None:
    announce("Guaranteed knots", day=FRIDAY)
    announce("A guarantee for a knot", day=MONDAY)
    announce("Guarantees without", day=FRIDAY)
    found = search("knots guarantee", order="newest")
    assert (titles(found), found.total) == (["Guaranteed knots", "A guarantee for a knot"], 2)
    assert len(search("knots guarantee").hits) == 3


def test_a_paper_came_out_on_the_day_that_first_announced_it_as_new() -> None:
    first = announce("Knots, early", day=MONDAY)
    announce("Knots, between", day=MONDAY + timedelta(days=1))
    replaced = Version.objects.create(
        paper=first.paper, number=2, title="Knots, mended", abstract="-", categories=["cs.LG"], primary_category="cs.LG"
    )
    announce_again(replaced, "cs.LG", day=FRIDAY, kind="replace")
    assert titles(search("knots", order="newest")) == ["Knots, between", "Knots, mended"]


def test_the_most_noticed_come_first_and_then_the_newest() -> None:
    announce("Knots, old", day=MONDAY)
    announce("Knots, new", day=FRIDAY)
    announce("Knots, liked", day=MONDAY, upvotes=3)
    loved = announce("Knots, loved", day=MONDAY, upvotes=30)
    assert titles(search("knots", order="noticed")) == ["Knots, loved", "Knots, liked", "Knots, new", "Knots, old"]
    observe(loved.paper, 1)
    assert titles(search("knots", order="noticed"))[0] == "Knots, liked"


TOGETHER = "We train a language model."
APART = "A language of signs. " + "It has grammar and words and people who speak it every day. " * 2 + "Then a model."


@pytest.mark.parametrize("order", ["newest", "noticed"])
@pytest.mark.parametrize("text", ["language model", "language models -zebra", "model cat:cs.LG language"])
@pytest.mark.parametrize("as_filter", [False, True])
def test_papers_with_the_words_apart_come_last(order: Order, text: str, as_filter: bool) -> None:
    announce("Signs", abstract=APART, day=FRIDAY, upvotes=9)
    announce("Texts", abstract=TOGETHER, day=MONDAY)
    announce("The model", abstract="It is one of a language.", day=MONDAY - timedelta(days=1))
    index_versions()
    found = search_archive(text, 10, order=order, as_filter=as_filter)
    assert (titles(found), found.apart) == (["Texts", "Signs", "The model"], 2)


def test_words_that_hardly_any_paper_has_together_are_no_expression() -> None:
    announce("Texts", abstract=TOGETHER, day=MONDAY)
    for number in range(5):
        announce(f"Signs, {number}", abstract=APART, day=FRIDAY)
    found = search("language model", order="newest")
    assert (titles(found)[-1], found.apart) == ("Texts", 0)


def test_whoever_wrote_a_paper_is_never_far_from_its_words() -> None:
    announce("Signs", abstract=APART, authors=("Language Model",), day=FRIDAY)
    announce("Grammar", authors=("Ada Language",), abstract="We model it.", day=FRIDAY)
    announce("Texts", abstract=TOGETHER, day=MONDAY)
    assert titles(search("language model", order="newest"))[0] == "Signs"
    assert search("language model", order="newest").apart == 0
    found = search_archive("language model", 10, order="newest", as_filter=True)
    assert (set(titles(found)[:2]), found.apart) == ({"Signs", "Grammar"}, 0)


def test_of_one_day_the_best_matches_come_first() -> None:
    announce("Knots", day=FRIDAY)
    announce("Braids", abstract="There are knots, too. " + "Braids are all that we study here. " * 5, day=FRIDAY)
    announce("Knots and knots", day=MONDAY)
    assert titles(search("knots", order="newest")) == ["Knots", "Braids", "Knots and knots"]


@pytest.mark.parametrize("typed", ["difusion", "diffuson", "difufsion", "diffussion"])
def test_a_mistyped_word_finds_what_was_meant(typed: str) -> None:
    for number in range(5):
        announce(f"Diffusion number {number}")
    found = search(f"{typed} number")
    assert (found.total, found.corrected) == (5, "diffusion number")
    assert search(typed, exactly=True) == Found([], 0)


def test_a_word_that_some_papers_have_is_no_mistake() -> None:
    for number in range(9):
        announce(f"Diffusion and difusion, {number}")
    announce("Blip", authors=("Ada Difuson",))
    assert search("difusion").corrected == ""
    assert search("difuson").corrected == ""  # a name
    assert search('"diffuson"').corrected == ""  # in quotation marks it is meant so
    assert search("zzzzzz").corrected == ""


def test_a_few_words_again_and_again_are_words_and_no_name() -> None:
    """They are too many terms for a filter."""
    announce("Knots")
    assert search("knots " * 50).total == 1
    assert search("zzzzz " * 50) == Found([], 0)


def test_a_day_that_no_calendar_reaches_finds_what_it_can() -> None:
    announce("Knots")
    assert search("knots", Scope(first_day=date.max)).total == 0
    assert search("knots", Scope(first_day=date.min, last_day=date.max)).total == 1


def test_questions_do_not_grow_with_the_papers(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(3):
        announce(f"Knots number {number}", upvotes=number)
    index_versions()
    search_archive("knots number", 10, order="noticed")
    for number in range(20):
        announce(f"Knots again, number {number}", upvotes=number)
    index_versions()
    search_archive("knots number", 10, order="noticed")
    with django_assert_num_queries(7):  # blocks, spelling, stems, terms, authors, the last signal and version
        search_archive("knots number", 10, order="noticed")
