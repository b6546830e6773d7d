"""Days as people write them."""

from datetime import date

import pytest

from digest.dates import parse_day


def test_a_day_is_written_in_one_way_only() -> None:
    assert parse_day("2026-01-23") == date(2026, 1, 23)
    for text in ("20260123", "2026-W04-5", "23.01.2026", "", "yesterday"):
        with pytest.raises(ValueError, match=r"."):
            parse_day(text)


@pytest.mark.parametrize("text", ["0001-01-01", "1991-08-13", "9999-12-31"])
def test_days_before_arxiv_and_of_another_age_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="outside"):
        parse_day(text)
