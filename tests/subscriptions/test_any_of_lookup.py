"""Rows by hundreds of ids."""

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from subscriptions.models import Subscriber
from tests.people import ada, bao, chidi, subscribe

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("ids", [[], [ada.id], [chidi.id, ada.id, 10**12], {bao.id, chidi.id}])
def test_any_of_finds_what_in_finds(ids: list[int]) -> None:
    for person in (ada, bao, chidi):
        subscribe(person)
    found = Subscriber.objects.filter(id__any_of=ids).order_by("id")
    assert list(found) == list(Subscriber.objects.filter(id__in=ids).order_by("id"))
    assert set(Subscriber.objects.exclude(id__any_of=ids)) == set(Subscriber.objects.exclude(id__in=ids))
    assert found.update(hour=7) == len({ada.id, bao.id, chidi.id} & set(ids))


def test_postgresql_gets_one_value_for_all_ids() -> None:
    _, values = Subscriber.objects.filter(id__any_of=range(1, 500)).query.sql_with_params()
    assert len(values) == (1 if connection.vendor == "postgresql" else 499)


def test_for_no_ids_nobody_asks_the_database(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert not Subscriber.objects.filter(id__any_of=[])
