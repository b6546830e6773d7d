"""Rows come into the outbox as they were chosen, whichever way they are stored."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.letter_order import order_for_delivery
from digest.domain import Choice, Pick, Reason, no_progress
from digest.models import Delivery, Edition
from digest.models.compact_json import encode_list, select_stored
from digest.picking import bulk_insert, planner
from digest.picking.bulk_insert import NewLetter, insert_deliveries
from digest.picking.stored_picks import encode_picks
from tests.delivery.outbox_rows import DAY, NOW, crowd, planned
from tests.people import ada

pytestmark = pytest.mark.django_db

UNTIL = NOW + timedelta(hours=18)
words = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
picks = st.builds(
    Pick,
    st.integers(0, 2000),
    st.floats(0, 1000, allow_nan=False),
    st.lists(st.builds(Reason, st.sampled_from(["keyword", "category"]), words), max_size=3).map(tuple),
)
choices = st.builds(
    Choice,
    picks=st.lists(picks, min_size=1, max_size=5).map(tuple),
    matched=st.integers(0, 900),
    notices=st.lists(st.integers(0, 2000), max_size=3).map(tuple),
)
CHOICE = Choice((Pick(3, 0.1, (Reason("keyword", 'a "b\\c\t\n注意'),)),), matched=7, notices=(5, 2))


@pytest.fixture
def edition() -> Edition:
    return Edition.objects.create(day=DAY, state="frozen", frozen_at=NOW)


def letter(number: int, choice: Choice = CHOICE, reason: str = "") -> NewLetter:
    state = "excluded" if reason else "pending"
    return NewLetter(number, state, reason, choice, "zh", "tldr", UNTIL, NOW if reason else None)


def test_a_row_holds_what_was_chosen_and_else_the_usual_values(edition: Edition) -> None:
    crowd(2)
    insert_deliveries(edition, [letter(1), letter(2, Choice((), matched=4), "paused")], NOW)
    first, second = Delivery.objects.order_by("subscriber")
    assert (order_for_delivery(first).picks, order_for_delivery(first).notices) == (CHOICE.picks, CHOICE.notices)
    assert (second.state, second.reason, second.picks, second.notices) == ("excluded", "paused", [], [])
    assert (second.created_at, second.not_after, second.finished_at) == (NOW, UNTIL, NOW)
    usual = Delivery(edition=edition, subscriber_id=1)
    for name in ("attempts", "not_before", "lease_until", "worker", "provider_id"):
        assert getattr(first, name) == getattr(usual, name)


@given(choice=choices)
def test_picks_come_back_as_the_letter_needs_them(choice: Choice) -> None:
    with transaction.atomic():
        edition = Edition.objects.create(day=DAY, state="frozen", frozen_at=NOW)
        crowd(1)
        insert_deliveries(edition, [letter(1, choice)], NOW)
        row = Delivery.objects.get()
        assert row.picks == encode_picks(choice)
        assert (row.notices, row.matched) == (list(choice.notices), choice.matched)
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    "choice", [CHOICE, Choice((CHOICE.picks[0]._replace(rank=70_000),), 1), Choice(CHOICE.picks * 300, 1)]
)
def test_picks_stand_in_the_row_as_a_model_would_store_them(edition: Edition, choice: Choice) -> None:
    crowd(1)
    insert_deliveries(edition, [letter(1, choice)], NOW)
    stored = Delivery.objects.values_list(select_stored("picks"), flat=True).get()
    assert bytes(stored) == encode_list(encode_picks(choice))


def test_a_row_of_another_planner_stays_as_it_is(edition: Edition) -> None:
    [reader, *_others] = crowd(3)
    planned(edition, [reader], state="accepted")
    insert_deliveries(edition, [letter(1), letter(2), letter(3)], NOW)
    assert list(Delivery.objects.order_by("subscriber").values_list("state", flat=True)) == [
        "accepted",
        "pending",
        "pending",
    ]


def test_the_rows_are_counted_anew_each_time_there_are_many_more(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    monkeypatch.setattr(bulk_insert, "ANALYZE_AFTER_ROWS", 10)
    monkeypatch.setattr(bulk_insert, "ANALYZE_GROWTH", 2)
    monkeypatch.setattr(bulk_insert, "refresh_statistics", lambda: counted.append(Delivery.objects.count()))
    readers = [ada._replace(id=reader.id) for reader in crowd(63)]
    chunks = [readers[start : start + 5] for start in range(0, 63, 5)]
    planner._plan_chunks(edition, iter(chunks), NOW, no_progress)
    assert counted == [10, 30, 63]


def test_they_are_not_counted_again_where_fewer_are_new_than_were_counted(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    monkeypatch.setattr(bulk_insert, "ANALYZE_AFTER_ROWS", 10)
    monkeypatch.setattr(bulk_insert, "refresh_statistics", lambda: counted.append(Delivery.objects.count()))
    readers = [ada._replace(id=reader.id) for reader in crowd(20)]
    planner._plan_chunks(edition, iter([readers[:10], readers[10:]]), NOW, no_progress)
    assert counted == [10]


def test_a_few_rows_are_not_worth_counting(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []
    monkeypatch.setattr(bulk_insert, "refresh_statistics", lambda: counted.append(Delivery.objects.count()))
    planner._plan_chunks(edition, iter([[ada._replace(id=reader.id) for reader in crowd(5)]]), NOW, no_progress)
    assert (counted, Delivery.objects.count()) == ([], 5)


@pytest.mark.django_db(transaction=True)
def test_after_many_new_rows_postgresql_knows_that_they_are_open(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "postgresql":
        return
    monkeypatch.setattr(bulk_insert, "ANALYZE_AFTER_ROWS", 40)
    readers = crowd(40)
    planner._plan_chunks(edition, iter([[ada._replace(id=reader.id) for reader in readers]]), NOW, no_progress)
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'digest_delivery'::regclass")
        assert cursor.fetchone() == (40,)
