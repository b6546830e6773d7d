"""What a switched-off signal means for the filters that count, and for the score."""

import pytest

from subscriptions.signal_switches import list_families_off, looks_for_people, select_filters

FILTERS = ("graphs", "author:hopper", "-survey", "author:weil graphs", "author:a OR author:b", "(broken")


@pytest.mark.parametrize(
    ("switched_off", "left"),
    [
        ((), FILTERS),
        (("likes", "new"), FILTERS),
        (("filters",), ("author:hopper", "-survey", "author:a OR author:b")),
        (("authors",), ("graphs", "-survey", "author:weil graphs", "(broken")),
        (("filters", "authors"), ("-survey",)),
    ],
)
def test_what_is_switched_off_chooses_nothing(switched_off: tuple[str, ...], left: tuple[str, ...]) -> None:
    assert select_filters(FILTERS, switched_off) == left


@pytest.mark.parametrize(("text", "is_so"), [("author:hopper -survey", True), ("-author:hopper", False), ("(", False)])
def test_a_filter_for_people_names_nothing_else(text: str, is_so: bool) -> None:
    assert looks_for_people(text) is is_so


def test_authors_of_the_score_are_those_of_liked_papers() -> None:
    assert list_families_off(("likes", "authors", "filters", "new")) == ("likes", "new", "authors")
    assert list_families_off(("authors", "interests")) == ("interests",)
