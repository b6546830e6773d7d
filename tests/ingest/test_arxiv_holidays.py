"""Evenings without an announcement, worked out for any year."""

from datetime import date, timedelta

import pytest

from digest.ingest.arxiv_holidays import is_holiday, is_without_listing, may_be_silent


@pytest.mark.parametrize(
    "day",
    [
        date(2023, 1, 2),  # Monday, for New Year's Day on a Sunday
        date(2023, 1, 16),
        date(2023, 6, 19),
        date(2023, 7, 4),
        date(2023, 9, 4),
        date(2023, 11, 23),
        date(2023, 12, 25),
        date(2025, 5, 26),
        date(2026, 1, 19),
        date(2026, 11, 26),
        date(2031, 9, 1),
    ],
)
def test_a_holiday_is_known(day: date) -> None:
    assert is_holiday(day)


def test_presidents_day_is_none_for_arxiv() -> None:
    """Real listings are dated 2026-02-16, that day, and 2026-02-17."""
    assert not is_holiday(date(2026, 2, 16))
    assert not is_without_listing(date(2026, 2, 17))


def test_the_listing_of_the_day_after_a_holiday_is_not_expected() -> None:
    assert is_without_listing(date(2026, 1, 20))
    assert not is_without_listing(date(2026, 1, 19))
    assert may_be_silent(date(2026, 1, 19))


@pytest.mark.parametrize("year", range(2020, 2040))
def test_few_weekdays_of_a_year_are_silent_and_all_weekends(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(365)]
    silent = [day for day in days if is_without_listing(day)]
    assert {day for day in days if day.weekday() > 4} <= set(silent)
    assert 4 <= sum(day.weekday() < 5 for day in silent) <= 9
