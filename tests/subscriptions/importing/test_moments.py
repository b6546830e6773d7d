"""Dates as services write them."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.importing.moments import EARLIEST_MOMENT, is_no_moment, parse_moments, parse_past_moment


@pytest.mark.parametrize(
    "text",
    [
        *("2021-03-04 05:06:07", "2021-03-04T05:06:07Z", "2021-03-04T05:06:07.000Z", "2021-03-04T06:06:07+01:00"),
        *("2021-03-04 05:06:07+00", "2021-03-04 05:06:07 UTC", "2021-03-04 05:06:07.0 +0000 UTC", "1614834367"),
        *(
            "1614834367000",
            "04.03.2021 05:06:07",
            "Mar 4, 2021 05:06:07 AM",
            "March 4th, 2021 at 5:06:07 am",
            "4 Mar 2021 05:06:07",
        ),
        *("Thu, 04 Mar 2021 05:06:07 GMT", "2021/03/04 05:06:07", "Thu Mar 04 2021 05:06:07 GMT+0000 (UTC)"),
    ],
)
def test_a_moment_in_many_forms(text: str) -> None:
    assert parse_past_moment(text) == datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2021-03-04", "04.03.2021", "3/4/21", "2021年03月04日", "4-Mar-2021", "2021.03.04"])
def test_a_day_in_many_forms(text: str) -> None:
    assert datetime(2021, 3, 4, tzinfo=UTC) in parse_moments(text)


def test_of_two_meanings_the_later_counts() -> None:
    assert parse_past_moment("07/08/2021") == datetime(2021, 8, 7, tzinfo=UTC)
    assert parse_past_moment("13/08/2021") == datetime(2021, 8, 13, tzinfo=UTC)
    with time_machine.travel(datetime(2021, 7, 20, tzinfo=UTC)):
        assert parse_past_moment("07/08/2021") == datetime(2021, 7, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "NULL", "0000-00-00 00:00:00", "0001-01-01T00:00:00Z", "N/A", "-", "\\N", "0000-00-00"]
)
def test_no_moment_is_written_in_many_forms(text: str) -> None:
    assert is_no_moment(text)
    assert parse_past_moment(text) is None


@pytest.mark.parametrize("text", ["1980-01-01", "2999-01-01", "soon", "25:00", "2021-13-45", "9" * 50])
def test_what_is_no_past_moment_is_none(text: str) -> None:
    assert parse_past_moment(text) is None


@given(st.text(max_size=30) | st.booleans() | st.integers() | st.floats())
def test_no_cell_breaks_the_reading_of_dates(value: object) -> None:
    moment = parse_past_moment(value)
    assert moment is None or EARLIEST_MOMENT <= moment <= timezone.now() + timedelta(days=1)
