"""What earlier papers say of filters, kept in the database."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from digest import retention
from digest.domain import no_progress
from digest.editions.build import build_edition
from digest.models import Edition, InterestVector
from digest.picking.interest_vectors import fill_at_once, fill_for_everyone, load_interests, number_filter
from digest.ranking.text.paper_vector import make_vector
from digest.ranking.text.term_rarity import load_shipped_rarity
from tests.editions.rows import FRIDAY, announce
from tests.people import ada, bao, subscribe

pytestmark = pytest.mark.django_db

EARLIER = FRIDAY - timedelta(days=1)
CONFORMAL = "Prediction sets with coverage guarantees."


@pytest.fixture(autouse=True)
def _earlier_days() -> None:
    for days in range(1, 4):
        announce("Attention", abstract=CONFORMAL, day=FRIDAY - timedelta(days=days))
        announce("Other", abstract="Galaxies.", day=FRIDAY - timedelta(days=days))
        build_edition(FRIDAY - timedelta(days=days))
    subscribe(bao)


def test_the_vector_is_the_mean_of_the_papers_that_match() -> None:
    assert fill_for_everyone(FRIDAY) == 1
    [vector] = load_interests(bao.filters).values()
    alike = make_vector("Attention", CONFORMAL, load_shipped_rarity())
    assert vector.terms.tolist() == alike.terms.tolist()


def test_a_damaged_vector_stops_nobody() -> None:
    fill_for_everyone(FRIDAY)
    InterestVector.objects.update(content=b"\0")
    assert load_interests(bao.filters) == {}


def test_papers_of_the_day_and_later_say_nothing() -> None:
    fill_for_everyone(FRIDAY - timedelta(days=3))
    assert not InterestVector.objects.exists(), "there is no edition before"


def test_a_filter_that_nothing_matches_is_not_looked_for_again() -> None:
    subscribe(ada, filters="zymurgy")
    assert fill_for_everyone(FRIDAY) == 2
    [vector] = load_interests(["zymurgy"]).values()
    assert len(vector.terms) == 0
    assert fill_for_everyone(FRIDAY) == 0


@pytest.mark.parametrize(("editions", "days"), [(1, 1), (3, 1), (4, 2), (8, 4), (14, 7), (20, 7)])
def test_vectors_are_renewed_sooner_while_there_are_few_editions(editions: int, days: int) -> None:
    for back in range(4, editions + 1):
        announce("Attention", abstract=CONFORMAL, day=FRIDAY - timedelta(days=back))
        build_edition(FRIDAY - timedelta(days=back))
    Edition.objects.filter(day__lt=FRIDAY - timedelta(days=editions)).delete()
    fill_for_everyone(FRIDAY)
    assert fill_for_everyone(FRIDAY + timedelta(days=days - 1)) == 0
    assert fill_for_everyone(FRIDAY + timedelta(days=days)) == 1


def test_who_waits_gets_a_vector_of_few_editions_until_the_night() -> None:
    assert fill_at_once(["attention"], FRIDAY) == 1
    assert fill_for_everyone(FRIDAY + timedelta(days=1)) == 1


def test_many_filters_cost_as_many_queries_as_few(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    filters = [f"word{number}" for number in range(300)]
    fill_at_once(filters, FRIDAY)
    with django_assert_num_queries(1):
        assert load_interests(filters).keys() == set(filters)


def test_nobodys_filter_is_forgotten() -> None:
    fill_for_everyone(FRIDAY)
    kind = next(kind for kind in retention.list_kinds() if kind.name == "interest_vectors")

    def forget(at: datetime) -> int:
        return kind.forget_due(at, lambda: False, no_progress)

    InterestVector.objects.update(renewed_on=timezone.now().date() - timedelta(days=30))
    assert forget(timezone.now()) == 0
    assert forget(timezone.now() + timedelta(days=1)) == 1


def test_a_row_names_no_filter() -> None:
    fill_for_everyone(FRIDAY)
    [row] = InterestVector.objects.values_list()
    assert row[0] == number_filter("attention")
    assert "attention" not in repr(row)
