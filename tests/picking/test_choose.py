"""Choosing for many readers, each of whom sees a paper once."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from digest.domain import Choice, Pick, Reason
from digest.editions.build import build_edition
from digest.editions.load import load_contents
from digest.models import Delivery, Edition, Feedback, Version
from digest.picking import liked_papers
from digest.picking.choose import choose_for_readers
from digest.picking.sent_history import find_repeats
from digest.picking.stored_picks import decode_picks, encode_picks
from digest.ranking.matching.day_index import DayIndex
from subscriptions.reader import Reader
from tests.editions.rows import FRIDAY, announce, announce_again, deliver
from tests.people import ada, bao, chidi, dana, subscribe

pytestmark = pytest.mark.django_db

LAST_YEAR = FRIDAY - timedelta(days=365)
QUBITS = "Lattice surgery with surface codes corrects the errors of qubits."
FOLDS = "Amino acid sequences tell how proteins fold."
grace = ada._replace(id=11, email="grace@example.org")


def chosen(edition: Edition, *readers: Reader) -> list[list[str]]:
    """The titles that each reader gets."""
    index = DayIndex(load_contents(edition).papers)
    return [
        [index.papers[pick.rank].title for pick in each.picks] for each in choose_for_readers(edition, index, readers)
    ]


def two_days(days_between: int = 3, title: str = "Seen before") -> tuple[Edition, Edition]:
    """An edition and a later one; one paper stands in both, as a cross-list in the second."""
    version = announce(title, day=FRIDAY - timedelta(days=days_between))
    earlier = build_edition(FRIDAY - timedelta(days=days_between))
    announce_again(version, "stat.ML")
    announce("Fresh")
    return earlier, build_edition(FRIDAY)


def test_choices_come_in_the_order_of_the_readers() -> None:
    announce("Attention again", "hep-th")
    announce("A diffusion model", upvotes=1)
    announce("Capsules", authors=("Geoffrey E. Hinton",))
    readers = (dana, chidi, bao, ada)
    assert chosen(build_edition(FRIDAY), *readers) == [
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


def test_a_paper_one_reader_saw_is_new_to_another() -> None:
    subscribe(ada)
    earlier, later = two_days(title="A diffusion model")
    deliver(earlier, ada, 0)
    assert chosen(later, ada, chidi) == [["Fresh"], ["A diffusion model"]]


@pytest.mark.parametrize(("days", "titles"), [(400, ["Fresh"]), (401, ["Fresh", "Seen before"])])
def test_the_history_is_400_days_long(days: int, titles: list[str]) -> None:
    subscribe(ada)
    earlier, later = two_days(days)
    deliver(earlier, ada, 0)
    assert chosen(later, ada) == [titles]


def test_papers_of_later_letters_are_not_chosen_again() -> None:
    subscribe(ada)
    earlier, later = two_days()
    deliver(later, ada, *range(2))
    assert chosen(earlier, ada) == [[]]


def test_a_reader_who_saw_everything_is_excluded_as_such() -> None:
    subscribe(chidi)
    earlier, later = two_days(title="A diffusion model")
    deliver(earlier, chidi, 0)
    index = DayIndex(load_contents(later).papers)
    assert choose_for_readers(later, index, [chidi]) == [Choice((), 0, "seen_before")]


def test_a_chunk_of_readers_costs_three_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    earlier, later = two_days()
    readers = [Reader(id=number, email=f"{number}@example.org", categories=("cs.LG",)) for number in range(1, 201)]
    for reader in readers:
        subscribe(reader)
        deliver(earlier, reader, 0)
    index = DayIndex(load_contents(later).papers)
    with django_assert_num_queries(3):
        choices = choose_for_readers(later, index, readers)
    assert {choice.matched for choice in choices} == {1}


def test_a_chunk_without_possible_repeats_costs_two_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    _, later = two_days()
    index = DayIndex(load_contents(later).papers)
    with django_assert_num_queries(2):
        choose_for_readers(later, index, [chidi, dana])


def test_chunks_of_one_edition_share_the_query_for_repeats(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    subscribe(ada)
    earlier, later = two_days()
    deliver(earlier, ada, 0)
    index = DayIndex(load_contents(later).papers)
    repeats = find_repeats(later, index)
    with django_assert_num_queries(4):
        choices = [choose_for_readers(later, index, [ada], repeats) for _ in range(2)]
    assert choices == [choose_for_readers(later, index, [ada])] * 2


def give_feedback(person: Reader, kind: str, version: Version) -> None:
    Feedback.objects.create(subscriber_id=person.id, paper=version.paper, kind=kind)


def qubits_and_proteins() -> tuple[Version, Version]:
    """A paper of each, a year old; one of each is announced on Friday, and one of neither."""
    older = (announce("Surface codes", abstract=QUBITS, day=LAST_YEAR), announce("A", abstract=FOLDS, day=LAST_YEAR))
    announce("Deep nets", upvotes=20)
    announce("Qubits", abstract=QUBITS, upvotes=5)
    announce("Proteins", abstract=FOLDS, upvotes=10)
    return older


def test_feedback_changes_the_order_for_its_reader_only() -> None:
    qubits, proteins = qubits_and_proteins()
    for person in (ada, grace):
        subscribe(person)
    give_feedback(ada, "more", qubits)
    give_feedback(ada, "less", proteins)
    give_feedback(grace, "save", qubits)
    assert chosen(build_edition(FRIDAY), ada, grace) == [
        ["Qubits", "Deep nets", "Proteins"],
        ["Deep nets", "Proteins", "Qubits"],
    ]


def test_the_newest_text_of_a_marked_paper_counts() -> None:
    qubits, _ = qubits_and_proteins()
    subscribe(ada)
    give_feedback(ada, "more", qubits)
    fields = {"title": "Folded", "abstract": FOLDS, "primary_category": "cs.LG", "authors": ["Lin Mei"]}
    Version.objects.create(paper=qubits.paper, number=2, categories=["cs.LG"], **fields)
    edition = build_edition(FRIDAY)
    index = DayIndex(load_contents(edition).papers)
    [choice] = choose_for_readers(edition, index, [ada])
    assert index.papers[choice.picks[0].rank].title == "Proteins"
    assert choice.picks[0].reasons == (
        Reason("category", "cs.LG"),
        Reason("like", "Folded"),
        Reason("trending", "10 upvotes"),
    )


@pytest.mark.parametrize("far", [12, 500])
def test_feedback_of_readers_with_ids_between_changes_nothing(far: int) -> None:
    qubits, _ = qubits_and_proteins()
    chris = ada._replace(id=far, email="chris@example.org")
    for person in (ada, grace, chris):
        subscribe(person)
    give_feedback(grace, "more", qubits)
    give_feedback(chris, "less", qubits)
    edition = build_edition(FRIDAY)
    assert chosen(edition, ada, chris) == [["Deep nets", "Proteins", "Qubits"]] * 2
    assert chosen(edition, grace) == [["Qubits", "Deep nets", "Proteins"]]


def test_only_the_newest_feedback_of_a_reader_counts() -> None:
    qubits, proteins = qubits_and_proteins()
    subscribe(ada)
    give_feedback(ada, "less", proteins)
    give_feedback(ada, "more", qubits)
    for number in range(49):
        give_feedback(ada, "more", announce(f"Zymurgy {number}", abstract="Yeast.", day=LAST_YEAR))
    marks = liked_papers.load_marks([ada])[ada.id]
    assert (len(marks.more), len(marks.less)) == (50, 0)


def test_the_feedback_of_a_chunk_costs_two_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    older = qubits_and_proteins()
    index = DayIndex(load_contents(edition := build_edition(FRIDAY)).papers)
    for number in (1, 20):
        readers = [Reader(id=number * 100 + n, email=f"{number}.{n}@example.org") for n in range(number)]
        for reader in readers:
            subscribe(reader)
            give_feedback(reader, "more", older[0])
            give_feedback(reader, "less", older[1])
        with django_assert_num_queries(3):
            choose_for_readers(edition, index, readers)


def test_picks_are_decoded_as_they_were_encoded() -> None:
    subscribe(ada)
    picks = (
        Pick(4, 1.25, (Reason("keyword", '"diffusion model"'), Reason("author", "Erdős"))),
        Pick(0, 0.5, (Reason("category", "cs.LG"),)),
    )
    delivery = deliver(build_edition(FRIDAY), ada)
    Delivery.objects.filter(pk=delivery.pk).update(picks=encode_picks(Choice(picks, 2)))
    delivery.refresh_from_db()
    assert decode_picks(delivery.picks) == picks
