"""A paper's section is the category of its listing: its own, or one that it is cross-listed in."""

from collections.abc import Callable

import pytest

from digest.sources.arxiv.sections import ARCHIVES, expand_codes, find_section, find_submission_section

LG, ML, CO = "cs.LG", "stat.ML", "math.CO"


def test_an_archive_and_several_codes_stand_for_their_categories() -> None:
    assert expand_codes(LG) == {LG}
    assert {LG, "cs.AI"} <= expand_codes("cs")
    assert expand_codes(f"{LG}+{ML}") == {LG, ML}
    assert expand_codes("math.IT") == {"cs.IT"}


def test_an_unknown_code_stands_for_itself() -> None:
    assert expand_codes("xx.YY") == {"xx.YY"}


def test_there_are_twenty_archives_and_each_is_named_once() -> None:
    assert len(ARCHIVES) == len(set(ARCHIVES)) == 20
    assert {"cs", "hep-th", "physics"} <= set(ARCHIVES)


@pytest.mark.parametrize("kind", ["new", "replace"])
def test_in_its_own_section_a_paper_is_no_cross_list(kind: str) -> None:
    assert find_section([LG, ML], kind, {LG, ML}) == (LG, kind)
    assert find_submission_section([LG, ML], kind, {LG, ML}) == (LG, kind)


@pytest.mark.parametrize(("own", "other"), [("new", "cross"), ("replace", "replace-cross")])
def test_in_another_section_a_paper_is_a_cross_list(own: str, other: str) -> None:
    assert find_section([LG, ML], other, {ML}) == (ML, other)
    assert find_submission_section([LG, ML], own, {ML}) == (ML, other)


@pytest.mark.parametrize(("own", "other"), [("new", "cross"), ("replace", "replace-cross")])
def test_a_listing_by_an_alias_is_still_the_papers_own(own: str, other: str) -> None:
    assert find_section(["cs.IT", "math.IT"], other, expand_codes("math")) == ("cs.IT", own)


@pytest.mark.parametrize("kind", ["new", "cross", "replace", "replace-cross"])
def test_a_listing_never_turns_its_kind_into_a_cross_list(kind: str) -> None:
    """arXiv itself says what is a cross-list. Only a record of OAI-PMH does not."""
    assert find_section([LG, ML], kind, {ML}) == (ML, kind)


@pytest.mark.parametrize("kind", ["new", "cross", "replace", "replace-cross"])
@pytest.mark.parametrize("find", [find_section, find_submission_section])
def test_without_a_section_the_kind_stays(find: Callable[..., tuple[str, str]], kind: str) -> None:
    assert find([LG, ML], kind, {CO}) == ("", kind)
    assert find([LG, ML], kind, ()) == ("", kind)
    assert find([], kind, {LG}) == ("", kind)
    assert find(["68T05"], kind, {LG}) == ("", kind)


def test_the_first_category_that_was_asked_for_is_the_section() -> None:
    assert find_section([CO, ML, LG], "cross", {LG, ML}) == (ML, "cross")
    assert find_submission_section(["68T05", LG, ML], "new", {LG, ML}) == (LG, "new"), "other schemes do not count"
