"""A chosen day on which arXiv announces nothing brings a letter too, with everything since the reader's last one."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from digest.editions.build import build_edition
from digest.editions.load import load_contents
from digest.models import Delivery, Edition
from digest.picking import deadlines, planner, shown_papers
from digest.picking.letter_days import find_edition_for, find_letter_days, list_letter_days
from digest.picking.papers_needed import find_expected_papers
from digest.picking.stored_picks import list_ranks
from digest.reconciliation import books
from subscriptions.reader import Reader
from tests.editions.rows import FRIDAY, announce
from tests.people import ada, bao, chidi, dana, subscribe

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
MONDAY, TUESDAY = FRIDAY - 4 * DAY, FRIDAY - 3 * DAY
SATURDAY, SUNDAY = FRIDAY + DAY, FRIDAY + 2 * DAY
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


def on(*days: date) -> int:
    return sum(1 << day.weekday() for day in days)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def publish(day: date) -> Edition:
    """Freeze an edition of one paper early in the day."""
    announce(f"Of {day}", day=day)
    edition = build_edition(day)
    Edition.objects.filter(id=edition.id).update(frozen_at=at(day, 6))
    edition.refresh_from_db()
    return edition


def join(reader: Reader, *days: date, **changes: object) -> Reader:
    subscribe(
        reader, days=on(*days), categories="cs.LG", filters="", confirmed_at=LONG_AGO, created_at=LONG_AGO, **changes
    )
    return reader


def plan(now: datetime) -> None:
    """As the scheduler does it in one minute."""
    scheduled = Edition.objects.filter(deadlines.is_scheduled(now)).exclude(entries=None)
    for edition in scheduled.order_by("day"):
        planner.plan_due(edition, now)


def plan_hours(first: datetime, last: datetime) -> dict[int, datetime]:
    """When each reader's row was made, by reader."""
    moment = first
    while moment <= last:
        plan(moment)
        moment += timedelta(minutes=30)
    rows = Delivery.objects.values_list("subscriber_id", "created_at")
    return {reader: created_at for reader, created_at in rows if reader}


def shown_to(reader: Reader) -> list[str]:
    """The titles in the reader's newest letter."""
    letter = Delivery.objects.filter(subscriber=reader.id, state="pending").order_by("-created_at")[0]
    papers = load_contents(letter.edition, for_letters=True).papers
    return sorted(papers[rank].title for rank in list_ranks(letter.picks))


@pytest.mark.parametrize(
    ("day", "days"),
    [
        (date(2026, 1, 22), 1),
        (FRIDAY, 3),
        # Martin Luther King is on Monday: nothing may come then, and nothing comes on Tuesday.
        (date(2026, 1, 16), 5),
        # The evening of Thanksgiving brings nothing.
        (date(2026, 11, 26), 4),
        # Christmas is a Friday.
        (date(2026, 12, 24), 4),
    ],
)
def test_a_letter_day_is_the_editions_own_or_one_without_an_announcement(day: date, days: int) -> None:
    assert [letter_day.day for letter_day in list_letter_days(day)] == [day + n * DAY for n in range(days)]


def test_whoever_chose_the_weekend_gets_the_week_on_that_day() -> None:
    saturday, sunday, both = join(ada, SATURDAY), join(bao, SUNDAY), join(chidi, SATURDAY, SUNDAY)
    for day in (MONDAY, TUESDAY, FRIDAY):
        publish(day)
    served = plan_hours(at(FRIDAY, 6), at(SUNDAY + DAY, 5, 30))
    assert served == {saturday.id: at(SATURDAY, 8), sunday.id: at(SUNDAY, 8), both.id: at(SATURDAY, 8)}
    for reader in (saturday, sunday, both):
        assert shown_to(reader) == [f"Of {day}" for day in (MONDAY, TUESDAY, FRIDAY)]


def test_monday_and_saturday_share_the_week() -> None:
    reader = join(ada, MONDAY, SATURDAY)
    publish(MONDAY)
    plan(at(MONDAY, 8))
    assert shown_to(reader) == [f"Of {MONDAY}"]
    publish(TUESDAY)
    publish(FRIDAY)
    plan_hours(at(FRIDAY, 6), at(SATURDAY, 12))
    assert shown_to(reader) == [f"Of {TUESDAY}", f"Of {FRIDAY}"]
    publish(MONDAY + 7 * DAY)
    plan(at(MONDAY + 7 * DAY, 8))
    assert shown_to(reader) == [f"Of {MONDAY + 7 * DAY}"]
    assert Delivery.objects.count() == 3


def test_whoever_had_fridays_letter_gets_none_on_saturday() -> None:
    join(ada, FRIDAY, SATURDAY)
    join(bao, *(FRIDAY + n * DAY for n in range(7)))
    publish(FRIDAY)
    assert set(plan_hours(at(FRIDAY, 6), at(SUNDAY, 23)).values()) == {at(FRIDAY, 8)}


@pytest.mark.parametrize(
    ("zone", "due"),
    [("Pacific/Kiritimati", at(FRIDAY, 18)), ("Asia/Tokyo", at(FRIDAY, 23)), ("America/Los_Angeles", at(SATURDAY, 16))],
)
def test_it_is_saturday_by_the_readers_clock(zone: str, due: datetime) -> None:
    reader = join(ada, SATURDAY, timezone=zone)
    publish(FRIDAY)
    assert plan_hours(at(FRIDAY, 6), at(SUNDAY, 5)) == {reader.id: due}


def test_a_weekly_letter_of_sunday_night_leaves_although_mondays_edition_is_there() -> None:
    reader = join(ada, SUNDAY, timezone="Pacific/Honolulu", hour=22)
    publish(FRIDAY)
    plan(at(SUNDAY, 20))
    publish(SUNDAY + DAY)
    assert plan_hours(at(SUNDAY + DAY, 6), at(SUNDAY + DAY, 12)) == {reader.id: at(SUNDAY + DAY, 8)}
    assert shown_to(reader) == [f"Of {FRIDAY}"]


def test_a_change_to_saturday_is_found_the_next_minute() -> None:
    row = subscribe(ada, days=on(SUNDAY), confirmed_at=LONG_AGO, created_at=LONG_AGO)
    publish(FRIDAY)
    plan(at(SATURDAY, 12))
    row.days, row.changed_at = on(SATURDAY), at(SATURDAY, 12)
    row.save()
    plan(at(SATURDAY, 12, 1))
    assert Delivery.objects.get().subscriber_id == ada.id


def test_on_a_holiday_without_a_listing_a_weekly_letter_comes_all_the_same() -> None:
    """Friday, 27 November 2026 follows Thanksgiving."""
    thanksgiving = date(2026, 11, 26)
    reader = join(ada, thanksgiving + DAY)
    for day in (thanksgiving - 3 * DAY, thanksgiving):
        publish(day)
    assert plan_hours(at(thanksgiving, 6), at(thanksgiving + DAY, 12)) == {reader.id: at(thanksgiving + DAY, 8)}
    assert shown_to(reader) == ["Of 2026-11-23", "Of 2026-11-26"]


def test_on_a_holiday_that_may_have_a_listing_it_comes_once_none_has_come() -> None:
    christmas = date(2026, 12, 25)
    reader = join(ada, christmas)
    publish(christmas - DAY)
    assert plan_hours(at(christmas, 6), at(christmas, 13)) == {reader.id: at(christmas, 12)}


def test_a_listing_on_a_holiday_is_that_days_letter() -> None:
    christmas = date(2026, 12, 25)
    reader = join(ada, christmas)
    publish(christmas - DAY)
    publish(christmas)
    assert plan_hours(at(christmas, 6), at(christmas, 13)) == {reader.id: at(christmas, 8)}
    assert shown_to(reader) == ["Of 2026-12-24", "Of 2026-12-25"]
    assert Delivery.objects.count() == 1


def test_a_pause_until_saturday_is_over_on_saturday() -> None:
    reader = join(ada, SATURDAY, paused_until=SATURDAY)
    join(bao, SATURDAY, paused_until=SUNDAY)
    publish(FRIDAY)
    plan_hours(at(SATURDAY, 6), at(SATURDAY, 9))
    assert dict(Delivery.objects.values_list("subscriber_id", "reason")) == {reader.id: "", bao.id: "paused"}


def test_a_letter_of_saturday_that_is_held_up_is_late_by_saturdays_clock() -> None:
    join(ada, SATURDAY)
    publish(FRIDAY)
    plan(at(SUNDAY, 3))
    assert (Delivery.objects.get().reason, Delivery.objects.get().state) == ("too_late", "excluded")
    Delivery.objects.all().delete()
    plan(at(SUNDAY, 1, 59))
    assert Delivery.objects.get().not_after == at(SUNDAY, 2)


def test_a_welcome_of_friday_counts_as_saturdays_letter() -> None:
    reader = join(ada, SATURDAY)
    edition = publish(FRIDAY)
    Delivery.objects.create(
        edition=edition, subscriber_id=reader.id, kind="welcome", state="accepted", created_at=timezone.now()
    )
    plan_hours(at(SATURDAY, 6), at(SUNDAY, 12))
    assert Delivery.objects.count() == 1


def test_the_books_of_friday_close_on_friday_and_again_on_saturday() -> None:
    join(ada, FRIDAY)
    join(bao, SATURDAY)
    edition = publish(FRIDAY)

    def read(now: datetime) -> tuple[int, int, bool]:
        plan(now)
        Delivery.objects.filter(state="pending").update(state="accepted")
        found = books.read_books(edition, now)
        return found.due, found.unplanned, books.close_edition(edition, found)

    assert read(at(FRIDAY, 8)) == (1, 0, True)
    assert books.read_books(edition, at(SATURDAY, 8)).complaints == ("1 reader is due and has no letter planned.",)
    assert read(at(SATURDAY, 8)) == (2, 0, True)


def test_the_papers_of_weekend_letters_are_expected_in_the_night_of_friday() -> None:
    join(ada, SATURDAY)
    edition = publish(FRIDAY)
    assert find_expected_papers(edition).ranks == {"en": {0}}


def test_lists_of_readers_wait_until_the_weekends_letters_are_planned() -> None:
    publish(FRIDAY)
    assert not shown_papers.find_unpacked(at(SUNDAY, 12)).exists()
    assert shown_papers.find_unpacked(at(SUNDAY + 2 * DAY, 20)).exists()


def test_a_closed_edition_is_not_searched_for_its_own_day_again() -> None:
    edition = publish(FRIDAY)
    Edition.objects.update(state="closed")
    join(dana, FRIDAY)
    plan(at(SUNDAY, 8))
    assert not Delivery.objects.exists()
    assert [each.day for each in find_letter_days(edition, at(SUNDAY, 8))] == [FRIDAY, SATURDAY, SUNDAY]


def test_a_day_with_an_edition_of_its_own_needs_no_other() -> None:
    edition = publish(FRIDAY)
    assert find_edition_for(FRIDAY) is None
    assert find_edition_for(SUNDAY) == (edition, list_letter_days(FRIDAY)[2])
    assert find_edition_for(SUNDAY + DAY) is None
    publish(SATURDAY)
    assert find_edition_for(SATURDAY) is None


def test_a_quiet_minute_of_a_saturday_costs_three_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    """As many as one of a working day."""
    join(ada, SATURDAY)
    publish(FRIDAY)
    plan(at(SATURDAY, 10))
    edition = Edition.objects.get()
    with django_assert_num_queries(3):
        planner.plan_due(edition, at(SATURDAY, 10, 1))
