"""Choosing for many readers, each of whom sees a paper once."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from digest.editions.building import build
from digest.editions.contents import load
from digest.editions.picking import choose_for, decode_picks, encode_picks
from digest.models import Delivery, Edition
from digest.ranking.matching import DayIndex
from digest.records import Choice, Pick, Reason
from subscriptions.readers import Reader
from tests.editions.rows import FRIDAY, announce, announce_again, deliver
from tests.people import ada, bao, chidi, dana, subscribe

pytestmark = pytest.mark.django_db


def chosen(edition: Edition, *readers: Reader) -> list[list[str]]:
    """The titles that each reader gets."""
    index = DayIndex(load(edition).papers)
    return [[index.papers[pick.rank].title for pick in each.picks] for each in choose_for(edition, index, readers)]


def two_days(days_between: int = 3, title: str = "Seen before") -> tuple[Edition, Edition]:
    """An edition and a later one; one paper stands in both, as a cross-list in the second."""
    version = announce(title, day=FRIDAY - timedelta(days=days_between))
    earlier = build(FRIDAY - timedelta(days=days_between))
    announce_again(version, "stat.ML")
    announce("Fresh")
    return earlier, build(FRIDAY)


def test_each_reader_gets_what_they_asked_for_in_the_order_of_the_readers() -> None:
    announce("Attention again", "hep-th")
    announce("A diffusion model")
    announce("Capsules", authors=("Geoffrey E. Hinton",))
    readers = (dana, chidi, bao, ada)
    assert chosen(build(FRIDAY), *readers) == [
        ["Capsules"],
        ["A diffusion model"],
        ["Attention again"],
        ["A diffusion model", "Capsules"],
    ]


@pytest.mark.parametrize("state", ["accepted", "uncertain", "submitting", "claimed", "pending"])
def test_nobody_is_shown_a_paper_twice(state: str) -> None:
    subscribe(ada)
    earlier, later = two_days()
    deliver(earlier, ada, 0, state=state)
    assert chosen(later, ada) == [["Fresh"]]


@pytest.mark.parametrize("state", ["failed", "excluded"])
def test_a_letter_that_never_went_out_showed_nothing(state: str) -> None:
    subscribe(ada)
    earlier, later = two_days()
    deliver(earlier, ada, 0, state=state)
    assert chosen(later, ada) == [["Fresh", "Seen before"]]


def test_what_one_reader_saw_is_news_to_another() -> None:
    subscribe(ada)
    earlier, later = two_days(title="A diffusion model")
    deliver(earlier, ada, 0)
    assert chosen(later, ada, chidi) == [["Fresh"], ["A diffusion model"]]


@pytest.mark.parametrize(("days", "titles"), [(90, ["Fresh"]), (91, ["Fresh", "Seen before"])])
def test_the_memory_is_90_days_long(days: int, titles: list[str]) -> None:
    subscribe(ada)
    earlier, later = two_days(days)
    deliver(earlier, ada, 0)
    assert chosen(later, ada) == [titles]


def test_an_edition_built_late_knows_what_later_letters_showed() -> None:
    subscribe(ada)
    earlier, later = two_days()
    deliver(later, ada, *range(2))
    assert chosen(earlier, ada) == [[]]


def test_a_reader_who_saw_everything_has_no_match() -> None:
    subscribe(chidi)
    earlier, later = two_days(title="A diffusion model")
    deliver(earlier, chidi, 0)
    index = DayIndex(load(later).papers)
    assert choose_for(later, index, [chidi]) == [Choice((), 0, "no_match")]


def test_a_chunk_of_readers_costs_two_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    earlier, later = two_days()
    readers = [Reader(id=number, email=f"{number}@example.org", categories=("cs.LG",)) for number in range(1, 201)]
    for reader in readers:
        subscribe(reader)
        deliver(earlier, reader, 0)
    index = DayIndex(load(later).papers)
    with django_assert_num_queries(2):
        choices = choose_for(later, index, readers)
    assert {choice.matched for choice in choices} == {1}


def test_a_chunk_of_readers_nobody_of_whom_could_see_a_paper_again_costs_one(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    _, later = two_days()
    index = DayIndex(load(later).papers)
    with django_assert_num_queries(1):
        choose_for(later, index, [chidi, dana])


def test_picks_survive_their_row() -> None:
    subscribe(ada)
    picks = (
        Pick(4, 1.25, (Reason("keyword", '"diffusion model"'), Reason("author", "Erdős"))),
        Pick(0, 0.5, (Reason("category", "cs.LG"),)),
    )
    delivery = deliver(build(FRIDAY), ada)
    Delivery.objects.filter(pk=delivery.pk).update(picks=encode_picks(Choice(picks, 2)))
    delivery.refresh_from_db()
    assert decode_picks(delivery.picks) == picks
