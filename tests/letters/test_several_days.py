"""Letters that cover several days: they say which, and what they add to an edition changes no other letter."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.letters.sample_letters import DAY, FOUR, edition, letter, order, paper

MONDAY = DAY - timedelta(days=4)


@pytest.mark.parametrize(
    ("language", "heading"),
    [("en", "Your papers from 19 to 23 January 2026"), ("zh", "2026年1月19日至23日 为您选出的论文")],
)
def test_the_heading_says_the_days(language: str, heading: str) -> None:
    made = letter(order(0, language=language, covers_from=MONDAY))
    assert heading in made.text
    assert heading in made.html


def test_days_of_two_months_are_written_out() -> None:
    made = letter(order(0, covers_from=DAY - timedelta(days=24)))
    assert "Your papers from 30 December 2025 to 23 January 2026" in made.text


def test_a_letter_of_one_day_says_the_day() -> None:
    assert "Your papers of 23 January 2026" in letter(order(0)).text


def test_what_other_letters_add_to_an_edition_changes_no_letter() -> None:
    """A paper of an earlier day with the same title gets its id into the names of its links, and the other does not."""
    alone = letter(order(0, 1))
    twin = replace(FOUR[0], rank=4, arxiv_id="2601.00004", day=MONDAY)
    third = replace(twin, rank=5, arxiv_id="2601.00005")
    more = edition([*FOUR, twin, third, paper(6, title="Alone", day=MONDAY)])
    assert letter(order(0, 1), more) == alone
    made = letter(order(0, 4, 5, 6, covers_from=MONDAY), more).html
    assert [f"({number})" in made for number in ("2601.15380", "2601.00004", "2601.00005", "2601.15386")] == [
        False,
        True,
        True,
        False,
    ]
