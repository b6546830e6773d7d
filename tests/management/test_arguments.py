"""Days on the command line."""

from argparse import ArgumentTypeError
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from digest.management.arguments import parse_count, parse_day, parse_day_count, parse_minutes


def test_a_day_is_written_year_month_day() -> None:
    assert parse_day("2026-01-23") == date(2026, 1, 23)


@pytest.mark.parametrize("text", ["2026-W04-5", "20260123", "2026-1-23", "2026-02-30", "23.01.2026", "today", ""])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match=r"is not a date\. Write it as 2026-01-23"):
        parse_day(text)


@pytest.mark.parametrize(("text", "count"), [("1", 1), ("7", 7), ("3660", 3660), ("003650", 3650)])
def test_days_are_counted_whatever_zeros_stand_before_them(text: str, count: int) -> None:
    assert parse_day_count(text) == count


@pytest.mark.parametrize("text", ["0", "3661", "36600", "-7", "7.5", "٧", "", "9" * 5000])
def test_what_is_no_count_of_days_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="Write it as 7"):
        parse_day_count(text)


@pytest.mark.parametrize(("text", "count"), [("0", 0), ("5", 5), ("007", 7), ("999999999", 999_999_999)])
def test_counts_and_seeds_are_whole_numbers_from_0_on(text: str, count: int) -> None:
    assert parse_count(text) == count


@pytest.mark.parametrize("text", ["-1", "1.5", "1e3", "٧", "", "9" * 5000])
def test_what_is_no_count_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="Write it as 5"):
        parse_count(text)
    with pytest.raises(ArgumentTypeError, match="Write it as 30"):
        parse_minutes(text)


@pytest.mark.parametrize(
    "arguments",
    [
        ("embed_papers", "--minutes", "9" * 400),
        ("predict", "personal", "users", "papers", "--likes", "-1"),
        ("predict", "personal", "users", "papers", "--keywords", "-1"),
        ("train_relevance", "papers", "--users", "users", "--seed", "-1"),
        ("train_promise", "papers", "--hf", "list", "--seed", "-1"),
    ],
)
def test_commands_of_research_refuse_what_is_no_number(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="Write it as"):
        call_command(*arguments)
