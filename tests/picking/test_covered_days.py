"""Which days a letter covers: all since the reader's last letter, whatever held one back, two weeks at most."""

from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from digest.models import Edition
from digest.picking.covered_days import CoveredDays
from subscriptions.preference_defaults import WORKDAYS
from subscriptions.reader import Reader
from tests.editions.rows import FRIDAY, deliver
from tests.people import ada, bao, chidi, subscribe

pytestmark = pytest.mark.django_db

# Of the week from Monday to FRIDAY, and of the week before.
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (FRIDAY - timedelta(days=days) for days in (4, 3, 2, 1))
LAST_FRIDAY = FRIDAY - timedelta(days=7)
ON_FRIDAYS = 1 << FRIDAY.weekday()
MAX_DAYS = timedelta(days=13)
weekly = ada._replace(days=ON_FRIDAYS)


@pytest.fixture(autouse=True)
def editions() -> dict[date, Edition]:
    """An edition of each workday of the three weeks up to FRIDAY."""
    days = [FRIDAY - timedelta(days=ago) for ago in range(21)]
    return {day: Edition.objects.create(day=day, frozen_at=f"{day}T02:00Z") for day in days if day.weekday() < 5}


def first_day(reader: Reader, day: date = FRIDAY) -> date | None:
    return CoveredDays(Edition.objects.get(day=day)).find([reader]).get(reader.id)


def test_a_weekly_letter_covers_the_week(editions: dict[date, Edition]) -> None:
    subscribe(weekly)
    deliver(editions[LAST_FRIDAY], weekly, 0)
    assert first_day(weekly) == MONDAY


def test_a_first_weekly_letter_covers_the_week() -> None:
    assert first_day(weekly) == MONDAY


def test_a_letter_of_chosen_days_covers_the_days_since_the_last_one(editions: dict[date, Edition]) -> None:
    twice = ada._replace(days=ON_FRIDAYS | 1 << TUESDAY.weekday())
    subscribe(twice)
    deliver(editions[TUESDAY], twice, 0)
    assert first_day(twice) == WEDNESDAY


@pytest.mark.parametrize("days", [WORKDAYS, 0b1111111])
def test_whoever_takes_every_workday_gets_the_day_alone(
    days: int, editions: dict[date, Edition], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    covered = CoveredDays(editions[FRIDAY])
    with django_assert_num_queries(0):
        assert covered.find([ada._replace(days=days), bao._replace(days=days)]) == {}


def test_days_without_papers_between_two_letters_make_none_of_several_days(editions: dict[date, Edition]) -> None:
    """After a Friday, Monday's letter covers Monday."""
    reader = ada._replace(days=ON_FRIDAYS | 1 << MONDAY.weekday())
    subscribe(reader)
    deliver(editions[LAST_FRIDAY], reader, 0)
    assert first_day(reader, MONDAY) is None


def test_where_the_day_had_no_papers_the_next_letter_covers_two_weeks(editions: dict[date, Edition]) -> None:
    editions[LAST_FRIDAY].delete()
    subscribe(weekly)
    deliver(editions[FRIDAY - timedelta(days=14)], weekly, 0)
    assert first_day(weekly) == FRIDAY - timedelta(days=11)


@pytest.mark.parametrize(
    ("state", "reason", "is_covered"),
    [
        ("accepted", "", True),
        ("uncertain", "", True),
        ("pending", "", True),
        ("excluded", "no_match", True),
        ("excluded", "seen_before", True),
        ("failed", "mailbox full", False),
        ("excluded", "too_late", False),
        ("excluded", "below_minimum", False),
        ("excluded", "paused", False),
    ],
)
def test_what_a_letter_that_did_not_leave_had_comes_in_the_next_one(
    state: str, reason: str, is_covered: bool, editions: dict[date, Edition]
) -> None:
    subscribe(weekly)
    row = deliver(editions[LAST_FRIDAY], weekly, 0, state=state)
    row.reason = reason
    row.save()
    assert first_day(weekly) == (MONDAY if is_covered else FRIDAY - timedelta(days=11))


def test_after_a_pause_a_daily_letter_covers_the_pause(editions: dict[date, Edition]) -> None:
    reader = ada._replace(paused_until=THURSDAY)
    subscribe(reader)
    deliver(editions[MONDAY], reader, 0)
    for day in (TUESDAY, WEDNESDAY):
        deliver(editions[day], reader, state="excluded")
    assert first_day(reader, THURSDAY) == TUESDAY
    deliver(editions[THURSDAY], reader, 0)
    assert first_day(reader, FRIDAY) is None


def test_after_a_long_pause_a_letter_covers_two_weeks(editions: dict[date, Edition]) -> None:
    reader = ada._replace(paused_until=FRIDAY)
    subscribe(reader)
    for day in editions:
        deliver(editions[day], reader, state="excluded")
    # Two weeks ago it was a Friday.
    assert first_day(reader) == FRIDAY - timedelta(days=11)


def test_of_many_readers_it_takes_two_queries(
    editions: dict[date, Edition], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    people = [person._replace(days=ON_FRIDAYS) for person in (ada, bao, chidi)]
    for person in people:
        subscribe(person)
        deliver(editions[LAST_FRIDAY], person, 0)
    covered = CoveredDays(editions[FRIDAY])
    with django_assert_num_queries(2):
        assert covered.find(people) == dict.fromkeys((1, 2, 3), MONDAY)
    with django_assert_num_queries(1):
        covered.find(people)
