from datetime import date, timedelta

import pytest
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from subscriptions import selectors
from subscriptions.address_hashes import hash_address
from subscriptions.models import Errand, Subscriber, Suppression
from subscriptions.preference_defaults import WORKDAYS
from subscriptions.services import suppression
from tests.people import ada, bao, chidi, dana, subscribe

pytestmark = pytest.mark.django_db

FRIDAY = date(2026, 1, 23)
SATURDAY = date(2026, 1, 24)


def test_due_readers_are_the_subscribers() -> None:
    for person in (ada, bao, chidi, dana):
        subscribe(person)
    assert selectors.find_due_readers(FRIDAY) == [ada, bao, chidi, dana]


def test_popularity_is_the_usual_one_unless_chosen() -> None:
    subscribe(ada, popularity="")
    subscribe(bao, popularity="", switched_off="likes new")
    subscribe(chidi, popularity="much")
    readers = selectors.find_due_readers(FRIDAY)
    assert [reader.popularity for reader in readers] == ["some", "none", "much"]
    assert [reader.switched_off for reader in readers] == [(), ("likes", "new", "authors"), ()]


def test_only_active_readers_are_due() -> None:
    subscribe(ada)
    subscribe(bao, status=Subscriber.Status.PENDING)
    subscribe(chidi, status=Subscriber.Status.UNSUBSCRIBED)
    assert selectors.find_due_readers(FRIDAY) == [ada]
    assert selectors.count_due(FRIDAY) == 1


def test_readers_are_due_on_the_days_they_chose() -> None:
    subscribe(ada)
    subscribe(bao, days=WORKDAYS)
    subscribe(chidi, days=1)
    assert [reader.id for reader in selectors.find_due_readers(FRIDAY)] == [ada.id, bao.id]
    assert [reader.id for reader in selectors.find_due_readers(SATURDAY)] == [ada.id]
    assert selectors.count_due(FRIDAY + timedelta(days=3)) == 3


def test_paused_and_suppressed_readers_are_due_and_excluded() -> None:
    subscribe(ada, paused_until=SATURDAY)
    subscribe(bao)
    Suppression.objects.create(address_hash=hash_address(bao.email), reason="complaint")
    assert selectors.count_due(FRIDAY) == 2
    assert selectors.find_exclusions([ada.id, bao.id], FRIDAY) == {ada.id: "paused", bao.id: "suppressed"}


def test_pages_of_readers_join_without_gap_or_repetition() -> None:
    everybody = [ada._replace(id=number, email=f"ada{number}@example.org") for number in range(1, 26)]
    for reader in everybody:
        subscribe(reader)
    found = []
    after = 0
    while page := selectors.find_due_readers(FRIDAY, after_id=after, limit=10):
        assert len(page) <= 10
        found += page
        after = page[-1].id
    assert found == everybody


def test_readers_of_some_hours_only() -> None:
    subscribe(ada, timezone="Europe/Paris", hour=8)
    subscribe(bao, timezone="Asia/Shanghai", hour=8)
    subscribe(chidi, timezone="Europe/Paris", hour=9)
    due = selectors.find_due_readers(FRIDAY, groups=[("Europe/Paris", 8), ("Asia/Shanghai", 7)])
    assert [reader.id for reader in due] == [ada.id]
    assert selectors.find_due_readers(FRIDAY, groups=[]) == []
    assert selectors.count_due(FRIDAY, groups=[("Europe/Paris", 9), ("Asia/Shanghai", 8)]) == 2


def test_each_timezone_of_active_readers_is_listed_once() -> None:
    subscribe(ada, timezone="Europe/Paris", hour=8)
    subscribe(bao, timezone="Europe/Paris", hour=8)
    subscribe(chidi, timezone="Asia/Shanghai", hour=7)
    subscribe(dana, timezone="America/New_York", status=Subscriber.Status.PENDING)
    assert selectors.list_timezones() == ["Asia/Shanghai", "Europe/Paris"]


def test_without_readers_there_is_no_zone() -> None:
    assert selectors.list_timezones() == []


def test_exclusions_give_the_gravest_reason() -> None:
    subscribe(ada)
    subscribe(bao, status=Subscriber.Status.UNSUBSCRIBED, paused_until=SATURDAY)
    subscribe(chidi, status=Subscriber.Status.UNSUBSCRIBED)
    Suppression.objects.create(address_hash=hash_address(chidi.email), reason="hard_bounce")
    excluded = selectors.find_exclusions([ada.id, bao.id, chidi.id, 99], FRIDAY)
    assert excluded == {bao.id: "unsubscribed", chidi.id: "suppressed", 99: "deleted"}


def test_a_pause_ends_on_its_day() -> None:
    subscribe(ada, paused_until=SATURDAY)
    assert selectors.find_exclusions([ada.id], FRIDAY) == {ada.id: "paused"}
    assert selectors.find_exclusions([ada.id], SATURDAY) == {}


def test_people_are_read_in_bulk(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    ids = list(range(1, 51))
    for number in ids:
        subscribe(ada._replace(id=number, email=f"ada{number}@example.org"))
    with django_assert_num_queries(1):
        selectors.find_exclusions(ids, FRIDAY)
    with django_assert_num_queries(1):
        assert len(selectors.get_readers(ids)) == 50
    with django_assert_num_queries(1):
        selectors.find_due_readers(FRIDAY, groups=[("UTC", hour) for hour in range(24)])


def test_readers_are_found_by_id_and_by_address() -> None:
    subscribe(ada)
    assert selectors.get_readers([ada.id, 99]) == {ada.id: ada}
    assert selectors.find_reader_by_address(" ADA@example.org ") == ada
    assert selectors.find_reader_by_address("nobody@example.org") is None


def test_a_reader_is_found_by_an_address_of_an_international_host() -> None:
    subscribe(ada, email="ada@xn--mnchen-3ya.example", email_key="ada@xn--mnchen-3ya.example")
    found = selectors.find_reader_by_address("Ada@München.example")
    assert found is not None
    assert found.id == ada.id


def test_the_condition_on_rows_agrees_with_the_exclusions() -> None:
    subscribe(ada)
    subscribe(bao, paused_until=FRIDAY)
    subscribe(chidi, paused_until=SATURDAY)
    subscribe(dana, status=Subscriber.Status.UNSUBSCRIBED)
    blocked = subscribe(ada._replace(id=99, email="blocked@example.org"))
    suppression.suppress(blocked.email, "hard_bounce")
    ids = list(Subscriber.objects.values_list("id", flat=True))
    Errand.objects.bulk_create(Errand(kind="moved", subscriber_id=each, not_before=now()) for each in ids)
    rows = Errand.objects.filter(selectors.is_not_excluded(FRIDAY))
    allowed = set(rows.values_list("subscriber_id", flat=True))
    assert allowed == {ada.id, bao.id}
    assert set(ids) - allowed == set(selectors.find_exclusions(ids, FRIDAY))
