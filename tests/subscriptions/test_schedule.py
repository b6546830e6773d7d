"""Letters come at the reader's own hour, whatever the clocks do."""

from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.schedule import compute_due_time, find_due_groups, find_next_letter_time

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia")
moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "hour", "frozen", "due"),
    [
        ("UTC", 8, "2026-01-23T01:00", "2026-01-23T08:00"),
        ("Europe/Berlin", 8, "2026-01-23T01:00", "2026-01-23T07:00"),
        ("Asia/Shanghai", 8, "2026-01-23T01:00", "2026-01-23T01:00"),
        ("America/Los_Angeles", 20, "2026-01-23T01:00", "2026-01-23T04:00"),
        ("Asia/Kolkata", 7, "2026-01-23T01:31", "2026-01-23T01:31"),
        ("UTC", 8, "2026-01-23T08:00", "2026-01-23T08:00"),
        ("UTC", 8, "2026-01-23T11:00", "2026-01-23T11:00"),
        ("UTC", 8, "2026-01-23T11:01", "2026-01-24T08:00"),
    ],
)
def test_letters_are_due_at_the_local_hour(zone: str, hour: int, frozen: str, due: str) -> None:
    assert compute_due_time(zone, hour, utc(frozen)) == utc(due)


def test_an_hour_that_the_clocks_skip_is_the_moment_of_the_jump() -> None:
    assert compute_due_time("Europe/Berlin", 2, utc("2026-03-28T22:00")) == utc("2026-03-29T01:00")


def test_an_hour_that_comes_twice_counts_the_first_time() -> None:
    assert compute_due_time("Europe/Berlin", 2, utc("2026-10-24T20:00")) == utc("2026-10-25T00:00")


def test_an_edition_between_the_two_comes_at_once() -> None:
    assert compute_due_time("Europe/Berlin", 2, utc("2026-10-25T00:30")) == utc("2026-10-25T00:30")


def test_a_zone_nobody_knows_counts_as_utc() -> None:
    for zone in ("Mars/Olympus", "", "../etc/passwd", "x" * 300):
        assert compute_due_time(zone, 8, utc("2026-01-23T01:00")) == utc("2026-01-23T08:00")


@given(zone=st.sampled_from(ZONES), hour=st.integers(0, 23), frozen=moments)
def test_letters_are_due_within_a_day_and_an_hour(zone: str, hour: int, frozen: datetime) -> None:
    due = compute_due_time(zone, hour, frozen)
    assert frozen <= due <= frozen + timedelta(hours=25)


@given(zone=st.sampled_from(ZONES), hour=st.integers(0, 23), frozen=moments)
def test_letters_are_due_at_the_hour_or_when_it_is_skipped(zone: str, hour: int, frozen: datetime) -> None:
    due = compute_due_time(zone, hour, frozen)
    local = due.astimezone(ZoneInfo(zone))
    before = (due - timedelta(seconds=1)).astimezone(ZoneInfo(zone))
    skipped = before.utcoffset() != local.utcoffset()
    late = due == frozen and (frozen - timedelta(hours=4)).astimezone(ZoneInfo(zone)) < local.replace(hour=hour)
    assert (local.hour, local.minute) == (hour, 0) or late or skipped


@given(zone=st.sampled_from(ZONES), hour=st.integers(0, 23), frozen=moments)
def test_a_day_s_editions_come_one_after_the_other(zone: str, hour: int, frozen: datetime) -> None:
    assert compute_due_time(zone, hour, frozen) <= compute_due_time(zone, hour, frozen + timedelta(days=1))


@given(frozen=moments, wait=st.timedeltas(timedelta(0), timedelta(hours=30)))
def test_groups_only_ever_join(frozen: datetime, wait: timedelta) -> None:
    pairs = [(zone, hour) for zone in ZONES for hour in range(24)]
    due_at = partial(compute_due_time, frozen_at=frozen)
    sooner, later = (find_due_groups(pairs, due_at, frozen + passed) for passed in (wait / 2, wait))
    assert sooner <= later
    assert find_due_groups(pairs, due_at, frozen + timedelta(hours=25)) == set(pairs)


def test_only_groups_whose_hour_has_come_are_due() -> None:
    pairs = [("UTC", 1), ("UTC", 2), ("Asia/Kolkata", 7), ("America/New_York", 23)]
    frozen = utc("2026-01-23T01:00")
    due_at = partial(compute_due_time, frozen_at=frozen)
    assert find_due_groups(pairs, due_at, frozen) == {("UTC", 1)}
    assert find_due_groups(pairs, due_at, frozen + timedelta(hours=1)) == {
        ("UTC", 1),
        ("UTC", 2),
        ("Asia/Kolkata", 7),
    }


FRIDAY_NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "hour", "days", "expected"),
    [
        ("Europe/London", 13, 0b1111111, "2026-11-20T13:00:00+00:00"),
        ("Europe/London", 8, 0b1111111, "2026-11-23T08:00:00+00:00"),
        ("Europe/London", 8, 0b0000100, "2026-11-25T08:00:00+00:00"),
        ("Europe/London", 8, 0b0010000, "2026-11-27T08:00:00+00:00"),
        ("America/New_York", 8, 0b1111111, "2026-11-20T08:00:00-05:00"),
        ("Nowhere/Land", 12, 0b1111111, "2026-11-23T12:00:00+00:00"),
    ],
)
def test_the_next_letter_is_on_a_chosen_workday(zone: str, hour: int, days: int, expected: str) -> None:
    found = find_next_letter_time(zone, hour, days, FRIDAY_NOON)
    assert found is not None
    assert found.isoformat() == expected


@pytest.mark.parametrize(("days", "expected"), [(0b1100000, 21), (0b1000000, 22), (0b1100001, 21), (0b1010000, 27)])
def test_a_weekend_day_brings_a_letter_where_none_came_since_friday(days: int, expected: int) -> None:
    found = find_next_letter_time("UTC", 8, days, FRIDAY_NOON)
    assert found == datetime(2026, 11, expected, 8, tzinfo=UTC)
