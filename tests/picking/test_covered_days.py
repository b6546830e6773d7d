"""Which days a letter covers: all since the reader's last letter, whatever held one back or came late."""

from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from digest.models import Edition
from digest.picking.covered_days import CoveredDays, EarlierDays
from subscriptions.preference_defaults import WORKDAYS
from subscriptions.reader import Reader
from tests.editions.rows import FRIDAY, deliver
from tests.people import ada, bao, chidi, subscribe

pytestmark = pytest.mark.django_db

# Of the week from Monday to FRIDAY, and of the week before.
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (FRIDAY - timedelta(days=days) for days in (4, 3, 2, 1))
LAST_FRIDAY = FRIDAY - timedelta(days=7)
ON_FRIDAYS = 1 << FRIDAY.weekday()
MAX_DAYS, ONE_DAY = timedelta(days=13), timedelta(days=1)
weekly = ada._replace(days=ON_FRIDAYS)


@pytest.fixture(autouse=True)
def editions() -> dict[date, Edition]:
    """An edition of each workday of the three weeks up to FRIDAY."""
    days = [FRIDAY - timedelta(days=ago) for ago in range(21)]
    return {day: Edition.objects.create(day=day, frozen_at=f"{day}T02:00Z") for day in days if day.weekday() < 5}


def first_day(reader: Reader, day: date = FRIDAY) -> date | None:
    found = CoveredDays(Edition.objects.get(day=day)).find([reader]).get(reader.id)
    return found and found.first


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
def test_whoever_takes_every_workday_and_had_the_last_letter_gets_the_day_alone(
    days: int, editions: dict[date, Edition], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    readers = [ada._replace(days=days), bao._replace(days=days)]
    for reader in readers:
        subscribe(reader)
        deliver(editions[THURSDAY], reader, 0)
    covered = CoveredDays(editions[FRIDAY])
    with django_assert_num_queries(2):
        assert covered.find(readers) == {}
    with django_assert_num_queries(1):
        assert covered.find(readers) == {}


def test_a_newcomer_who_takes_every_workday_gets_the_day_alone() -> None:
    assert first_day(ada) is None


def test_whoever_takes_every_workday_gets_what_lost_letters_had(editions: dict[date, Edition]) -> None:
    """The mail server was away on two days."""
    subscribe(ada)
    deliver(editions[TUESDAY], ada, 0)
    for day in (WEDNESDAY, THURSDAY):
        row = deliver(editions[day], ada, state="excluded")
        row.reason = "too_late"
        row.save()
    assert first_day(ada) == WEDNESDAY


def skip(edition: Edition, reader: Reader, matched: int) -> None:
    """A letter that was skipped, as only so many papers matched."""
    row = deliver(edition, reader, state="excluded")
    row.reason, row.matched = "below_minimum", matched
    row.save()


def test_whoever_takes_every_workday_may_get_what_skipped_letters_had(editions: dict[date, Edition]) -> None:
    subscribe(ada)
    deliver(editions[MONDAY], ada, 0)
    skip(editions[TUESDAY], ada, 2)
    skip(editions[WEDNESDAY], ada, 0)
    skip(editions[THURSDAY], ada, 1)
    assert CoveredDays(editions[FRIDAY]).find([ada]) == {ada.id: EarlierDays(TUESDAY, waiting=3)}


def test_papers_wait_two_weeks(editions: dict[date, Edition]) -> None:
    subscribe(ada)
    for day in sorted(editions):
        if day < FRIDAY:
            skip(editions[day], ada, 1)
    # Nine workdays before Friday: a letter goes back no further.
    assert CoveredDays(editions[FRIDAY]).find([ada]) == {ada.id: EarlierDays(FRIDAY - timedelta(days=11), waiting=9)}


def test_whoever_had_no_letter_yet_gets_what_came_since_they_are_here(editions: dict[date, Edition]) -> None:
    subscribe(ada)
    skip(editions[WEDNESDAY], ada, 1)
    skip(editions[THURSDAY], ada, 1)
    assert CoveredDays(editions[FRIDAY]).find([ada]) == {ada.id: EarlierDays(WEDNESDAY, waiting=2)}


def test_whoever_takes_every_workday_gets_nothing_more_for_days_on_which_they_were_gone(
    editions: dict[date, Edition],
) -> None:
    subscribe(ada)
    row = deliver(editions[THURSDAY], ada, state="excluded")
    row.reason = "unsubscribed"
    row.save()
    assert first_day(ada) is None


def test_a_letter_of_yesterday_that_is_not_planned_yet_is_not_taken_for_lost(editions: dict[date, Edition]) -> None:
    """At night we look ahead, while the evening letters of the day before are still to come."""
    subscribe(ada)
    deliver(editions[WEDNESDAY], ada, 0)
    assert first_day(ada) is None


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


def test_where_the_day_failed_twice_the_next_letter_covers_three_weeks(editions: dict[date, Edition]) -> None:
    for week in (7, 14):
        editions[FRIDAY - timedelta(days=week)].delete()
    before = FRIDAY - timedelta(days=21)
    last = Edition.objects.create(day=before, frozen_at=f"{before}T02:00Z")
    subscribe(weekly)
    deliver(last, weekly, 0)
    assert first_day(weekly) == FRIDAY - timedelta(days=18)


def test_after_three_weeks_of_pause_a_saturday_letter_covers_two(editions: dict[date, Edition]) -> None:
    """No edition is of a Saturday: the row says that a letter was due."""
    reader = ada._replace(days=1 << 5, paused_until=FRIDAY)
    before = FRIDAY - timedelta(days=21)
    subscribe(reader)
    deliver(Edition.objects.create(day=before, frozen_at=f"{before}T02:00Z"), reader, 0)
    for week in (7, 14):
        deliver(editions[FRIDAY - timedelta(days=week)], reader, state="excluded")
    assert first_day(reader) == FRIDAY - timedelta(days=11)


def test_whoever_was_away_for_weeks_gets_two_of_them(editions: dict[date, Edition]) -> None:
    before = FRIDAY - timedelta(days=21)
    last = Edition.objects.create(day=before, frozen_at=f"{before}T02:00Z")
    subscribe(weekly)
    deliver(last, weekly, 0)
    assert first_day(weekly) == FRIDAY - timedelta(days=11)


def test_a_day_that_came_after_the_last_letter_is_in_the_next_one(editions: dict[date, Edition]) -> None:
    """Last Wednesday could be read on Saturday only."""
    subscribe(weekly)
    last_wednesday = FRIDAY - timedelta(days=9)
    letter = deliver(editions[LAST_FRIDAY], weekly, 0)
    letter.created_at = f"{LAST_FRIDAY}T07:00Z"
    letter.save()
    Edition.objects.filter(day=last_wednesday).update(frozen_at=f"{LAST_FRIDAY + timedelta(days=1)}T02:00Z")
    found = CoveredDays(editions[FRIDAY]).find([weekly])
    assert found == {weekly.id: EarlierDays(last_wednesday, had=frozenset({LAST_FRIDAY - ONE_DAY, LAST_FRIDAY}))}
    # Once a letter had it, it is done.
    deliver(editions[MONDAY], weekly, 0)
    assert first_day(weekly) == TUESDAY


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
        assert covered.find(people) == dict.fromkeys((1, 2, 3), EarlierDays(MONDAY))
    with django_assert_num_queries(1):
        covered.find(people)


def test_of_many_readers_whose_letters_were_skipped_it_takes_five_queries(
    editions: dict[date, Edition], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for person in (ada, bao, chidi):
        subscribe(person)
        skip(editions[THURSDAY], person, 1)
    # The edition before, who missed its letter, all editions, the last letters, and those that were skipped.
    with django_assert_num_queries(5):
        CoveredDays(editions[FRIDAY]).find([ada, bao, chidi])
