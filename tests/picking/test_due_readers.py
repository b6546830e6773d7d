"""Who is found in which minute. Whatever happens to the marks of an edition, nobody who is due stays without a row."""

import random
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice, pairwise
from pathlib import Path

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from digest.editions.build import build_edition
from digest.models import Delivery, Edition
from digest.picking import due_readers, planner
from digest.picking.due_readers import FULL_SEARCH_INTERVAL
from subscriptions.importing.import_file import ImportReport, import_file
from subscriptions.models import Subscriber
from subscriptions.preference_defaults import Preferences
from subscriptions.schedule import compute_due_time, find_due_groups, list_hour_groups
from subscriptions.services import preferences
from tests.delivery.outbox_rows import DAY, NOW
from tests.editions.rows import announce
from tests.people import ada, bao, chidi, subscribe

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
LONG_AGO = NOW - timedelta(days=30)
ZONES = """
    Africa/Cairo Africa/Casablanca America/Adak America/Anchorage America/Caracas America/Chicago America/Denver
    America/Halifax America/Los_Angeles America/New_York America/Noronha America/Nuuk America/Sao_Paulo America/St_Johns
    Asia/Dhaka Asia/Dubai Asia/Kabul Asia/Karachi Asia/Kathmandu Asia/Kolkata Asia/Shanghai Asia/Tehran Asia/Tokyo
    Asia/Yangon Australia/Adelaide Australia/Brisbane Australia/Eucla Australia/Lord_Howe Australia/Sydney
    Europe/Helsinki Europe/London Europe/Paris Pacific/Apia Pacific/Auckland Pacific/Chatham Pacific/Kiritimati
    Pacific/Marquesas UTC
""".split()  # noqa: SIM905


@pytest.fixture(autouse=True)
def _edition() -> None:
    announce("Attention in trees", "cs.LG", day=DAY)
    build_edition(DAY)
    Edition.objects.update(frozen_at=NOW)


def plan(now: datetime) -> int:
    """As the scheduler does it, with the edition as it is now."""
    return planner.plan_due(Edition.objects.get(), now).pending


def served() -> list[int | None]:
    return list(Delivery.objects.order_by("id").values_list("subscriber_id", flat=True))


def test_a_quiet_minute_costs_three_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number, zone in enumerate(ZONES):
        subscribe(ada._replace(id=number + 1, email=f"reader{number}@example.org"), timezone=zone, hour=number % 24)
    plan(NOW)
    edition = Edition.objects.get()
    with django_assert_num_queries(3):
        planner.plan_due(edition, NOW + MINUTE)


def test_a_minute_between_finds_those_whose_hour_has_come() -> None:
    subscribe(ada, hour=9)
    subscribe(bao, hour=9, categories="cs.LG", timezone="Europe/London")
    subscribe(chidi, hour=10)
    assert [plan(NOW + minutes * MINUTE) for minutes in (50, 59, 60, 61)] == [0, 0, 2, 0]
    assert Edition.objects.get().looked_at == NOW + 50 * MINUTE, "no full search was made again"
    assert served() == [bao.id, ada.id]


def test_each_zone_is_planned_at_its_hour_when_clocks_change() -> None:
    """Frozen some hours before they go forward in Europe; each search moves the marks on."""
    frozen = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
    Edition.objects.update(frozen_at=frozen)
    chance = random.Random(38)
    hours = {number: (zone, chance.randrange(24)) for number, zone in enumerate(ZONES, start=1)}
    for number, (zone, hour) in hours.items():
        reader = ada._replace(id=number, email=f"reader{number}@example.org")
        subscribe(reader, timezone=zone, hour=hour, confirmed_at=LONG_AGO)
    for quarter in range(25 * 4 + 1):
        plan(frozen + quarter * timedelta(minutes=15) + timedelta(seconds=1))
    for number, at in Delivery.objects.values_list("subscriber_id", "created_at"):
        assert at - compute_due_time(*hours[number or 0], frozen) == timedelta(seconds=1)
    assert set(served()) == set(hours)


@given(
    minutes=st.lists(st.integers(0, 27 * 60), min_size=1, max_size=8),
    frozen=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
)
def test_short_searches_together_find_what_a_full_one_finds(minutes: list[int], frozen: datetime) -> None:
    pairs = set(list_hour_groups(ZONES[::4]))
    moments = [frozen + minute * MINUTE for minute in sorted(minutes)]
    due_at = partial(compute_due_time, frozen_at=frozen)
    found = [find_due_groups(pairs, due_at, moments[0])]
    found += [find_due_groups(pairs, due_at, later, after=sooner) for sooner, later in pairwise(moments)]
    assert set().union(*found) == find_due_groups(pairs, due_at, moments[-1])
    assert sum(map(len, found)) == len(set().union(*found))


def test_a_change_to_a_past_hour_is_found_the_next_minute() -> None:
    reader = subscribe(ada, hour=20)
    plan(NOW)
    with time_machine.travel(NOW + MINUTE, tick=False):
        preferences.change_preferences(reader, Preferences(categories=("cs.LG",), hour=7, timezone="UTC"))
    assert [plan(NOW + 2 * MINUTE), plan(NOW + 3 * MINUTE)] == [1, 0]


def test_whoever_changes_to_an_hour_to_come_is_found_then() -> None:
    reader = subscribe(ada, hour=9)
    plan(NOW)
    with time_machine.travel(NOW + MINUTE, tick=False):
        preferences.change_preferences(reader, Preferences(categories=("cs.LG",), hour=15, timezone="UTC"))
    planned = [plan(NOW + hours * timedelta(hours=1)) for hours in range(9)]
    assert planned == [0, 0, 0, 0, 0, 0, 0, 1, 0]


def test_a_resubscription_is_found_the_next_minute() -> None:
    reader = subscribe(ada, status=Subscriber.Status.UNSUBSCRIBED, unsubscribed_at=NOW, created_at=LONG_AGO)
    plan(NOW)
    with time_machine.travel(NOW + MINUTE, tick=False):
        preferences.resume(reader)
    assert plan(NOW + 2 * MINUTE) == 1


def test_an_import_with_a_past_hour_is_found_the_next_minute(tmp_path: Path) -> None:
    plan(NOW)
    path = tmp_path / "people.csv"
    path.write_text("email,categories,hour\nnew@example.org,cs.LG,7\nold@example.org,cs.LG,20\n")
    import_file(path, ImportReport(), refused=print, tick=lambda done, total: None, now=NOW)
    assert [plan(NOW + MINUTE), plan(NOW + 2 * MINUTE)] == [1, 0]


def test_a_dry_run_of_an_import_asks_for_no_full_search(tmp_path: Path) -> None:
    plan(NOW)
    path = tmp_path / "people.csv"
    path.write_text("email,categories,hour\nnew@example.org,cs.LG,7\n")
    import_file(path, ImportReport(), refused=print, tick=lambda done, total: None, now=NOW, dry_run=True)
    assert Edition.objects.get().looked_at == NOW


def test_a_change_without_a_mark_is_found_by_the_full_search() -> None:
    """Somebody wrote into the table by hand, or a change was stored long after it was made."""
    subscribe(ada, hour=20, confirmed_at=LONG_AGO)
    plan(NOW)
    Subscriber.objects.update(hour=7)
    assert plan(NOW + FULL_SEARCH_INTERVAL - MINUTE) == 0
    assert plan(NOW + FULL_SEARCH_INTERVAL) == 1


def test_a_killed_search_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It remembers only at its end, and whoever has a row by then is not planned twice."""
    monkeypatch.setattr(due_readers, "READERS_PER_CHUNK", 1)
    subscribe(ada, hour=9, confirmed_at=LONG_AGO)
    subscribe(bao, hour=9, categories="cs.LG", confirmed_at=LONG_AGO)
    plan(NOW + 50 * MINUTE)
    search = due_readers.search_due_readers(Edition.objects.get(), NOW + 60 * MINUTE)
    assert search
    planner._plan_chunks(search.edition, islice(search.chunks(), 1), search.now, lambda done, total: None)
    assert served() == [ada.id]
    assert [plan(NOW + 61 * MINUTE), plan(NOW + 62 * MINUTE)] == [1, 0]
    assert served() == [ada.id, bao.id]


def test_two_searches_at_once_miss_nobody() -> None:
    """The slower one stores no marks, though its search was longer."""
    subscribe(ada, hour=9, confirmed_at=LONG_AGO)
    plan(NOW + 55 * MINUTE)
    seen_by_both = Edition.objects.get()
    faster, slower = (
        due_readers.search_due_readers(seen_by_both, NOW + 59 * MINUTE),
        due_readers.search_due_readers(seen_by_both, NOW + 60 * MINUTE),
    )
    assert faster
    assert slower
    Edition.objects.update(planned_until=faster.now)
    slower.remember()
    assert Edition.objects.get().planned_until == faster.now
    assert plan(NOW + 61 * MINUTE) == 1


def test_an_import_during_a_search_still_asks_for_a_full_one() -> None:
    plan(NOW)
    search = due_readers.search_due_readers(Edition.objects.get(), NOW + FULL_SEARCH_INTERVAL)
    assert search
    due_readers.search_everybody_next()
    search.remember()
    assert Edition.objects.get().looked_at is None


def test_a_clock_set_back_makes_the_next_search_a_full_one() -> None:
    subscribe(ada, hour=9, confirmed_at=LONG_AGO)
    plan(NOW + 59 * MINUTE)
    Subscriber.objects.update(hour=7)
    assert plan(NOW + 58 * MINUTE) == 1


def test_an_hour_that_comes_twice_makes_no_second_row() -> None:
    subscribe(ada, hour=9, confirmed_at=LONG_AGO)
    subscribe(bao, hour=10, categories="cs.LG", confirmed_at=LONG_AGO)
    assert [plan(NOW + minutes * MINUTE) for minutes in (59, 60, 10, 60, 119, 120)] == [0, 1, 0, 0, 0, 1]


def test_a_rebuilt_edition_is_searched_anew() -> None:
    subscribe(ada, hour=9, confirmed_at=LONG_AGO)
    plan(NOW)
    announce("Late news", "cs.LG", day=DAY)
    with time_machine.travel(NOW + 59 * MINUTE, tick=False):
        edition = build_edition(DAY)
    assert (edition.planned_until, edition.looked_at) == (None, None)
    assert plan(NOW + 60 * MINUTE) == 1


# As PostgreSQL and SQLite call it.
WHOLE_TABLE = re.compile(r"Seq Scan|SCAN (subscriptions|digest|U)")


def many(count: int) -> None:
    """Readers in all zones and hours, each with a row, as the planner of the database believes it has them."""
    edition = Edition.objects.get()
    people = Subscriber.objects.bulk_create(
        Subscriber(
            email=f"reader{number}@example.org",
            email_key=f"reader{number}@example.org",
            status=Subscriber.Status.ACTIVE,
            timezone=ZONES[number % len(ZONES)],
            hour=number // len(ZONES) % 24,
            created_at=LONG_AGO,
            confirmed_at=LONG_AGO + MINUTE,
            changed_at=LONG_AGO,
        )
        for number in range(count)
    )
    Delivery.objects.bulk_create(
        Delivery(edition=edition, subscriber=reader, state="accepted", created_at=NOW) for reader in people
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def explained(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + sql)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


@pytest.mark.parametrize("minutes", [1, 10], ids=["a quiet minute", "a full hour"])
def test_no_minute_reads_through_a_whole_table(minutes: int) -> None:
    many(3000)
    last = NOW + 50 * MINUTE
    Edition.objects.update(looked_at=last, planned_until=last)
    some = Subscriber.objects.filter(email="reader1@example.org")
    some.update(changed_at=last, confirmed_at=last)
    with CaptureQueriesContext(connection) as captured:
        search = due_readers.search_due_readers(Edition.objects.get(), last + minutes * MINUTE)
        assert search
        assert not search.is_full
        hours = [hour for hours in search.groups.values() for hour in hours]
        assert bool(hours) is (minutes == 10)
        assert list(search.chunks()) == []
    queries = [query["sql"] for query in captured if "subscriptions_subscriber" in query["sql"]]
    assert len(queries) == 5 + len(hours)
    for sql in queries:
        steps = explained(sql)
        assert "SEARCH" in steps or "Index" in steps or "index" in steps
        assert not WHOLE_TABLE.search(steps), f"{sql}\n{steps}"
