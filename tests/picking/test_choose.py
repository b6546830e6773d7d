"""Choosing for many readers, each of whom sees a paper once."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from digest.domain import Choice, Pick, Reason
from digest.editions.build import build_edition
from digest.editions.load import load_contents
from digest.editions.version_vectors import fill_vectors
from digest.models import Delivery, Edition, Feedback, Version, VersionVector
from digest.picking import reader_signals
from digest.picking.choose import EditionChooser
from digest.picking.reader_signals import SignalLoader
from digest.picking.stored_picks import decode_picks, encode_picks
from digest.ranking.personal.mark_weights import SEEN_MORE_OFTEN
from subscriptions.reader import Reader
from subscriptions.selectors import get_readers
from tests.editions.rows import FRIDAY, announce, announce_again, deliver
from tests.people import ada, bao, chidi, dana, subscribe

pytestmark = pytest.mark.django_db

LAST_YEAR = FRIDAY - timedelta(days=365)
QUBITS = "Lattice surgery with surface codes corrects the errors of qubits."
FOLDS = "Amino acid sequences tell how proteins fold."
grace = ada._replace(id=11, email="grace@example.org")


def chosen(edition: Edition, *readers: Reader) -> list[list[str]]:
    """The titles that each reader gets."""
    papers = load_contents(edition).papers
    choices = EditionChooser(edition, papers).choose(readers)
    return [[papers[pick.rank].title for pick in each.picks] for each in choices]


def chooser(edition: Edition) -> EditionChooser:
    return EditionChooser(edition, load_contents(edition).papers)


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
    assert [sorted(titles) for titles in chosen(later, ada)] == [["Fresh", "Seen before"]]


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
    assert [sorted(found) for found in chosen(later, ada)] == [titles]


def test_papers_of_later_letters_are_not_chosen_again() -> None:
    subscribe(ada)
    earlier, later = two_days()
    deliver(later, ada, *range(2))
    assert chosen(earlier, ada) == [[]]


def test_a_reader_who_saw_everything_is_excluded_as_such() -> None:
    subscribe(chidi)
    earlier, later = two_days(title="A diffusion model")
    deliver(earlier, chidi, 0)
    assert chooser(later).choose([chidi]) == [Choice((), 0, "seen_before")]


def test_a_chunk_of_readers_costs_three_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    earlier, later = two_days()
    readers = [Reader(id=number, email=f"{number}@example.org", categories=("cs.LG",)) for number in range(1, 201)]
    for reader in readers:
        subscribe(reader)
        deliver(earlier, reader, 0)
    day = chooser(later)
    with django_assert_num_queries(3):
        choices = day.choose(readers)
    assert {choice.matched for choice in choices} == {1}


def test_a_chunk_without_possible_repeats_costs_two_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    _, later = two_days()
    day = chooser(later)
    with django_assert_num_queries(2):
        day.choose([chidi, dana])


def test_what_an_edition_needs_once_costs_four_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    _, later = two_days()
    papers = load_contents(later).papers
    with django_assert_num_queries(3):
        EditionChooser(later, papers)
    VersionVector.objects.all().delete()
    with django_assert_num_queries(4):
        EditionChooser(later, papers)


def give_feedback(person: Reader, kind: str, version: Version) -> None:
    Feedback.objects.create(subscriber_id=person.id, paper=version.paper, kind=kind)


def qubits_and_proteins() -> tuple[Version, Version]:
    """A paper of each, a year old; one of each is announced on Friday, and one of neither."""
    older = (announce("Surface codes", abstract=QUBITS, day=LAST_YEAR), announce("A", abstract=FOLDS, day=LAST_YEAR))
    announce("Deep nets", upvotes=20)
    announce("Qubits", abstract=QUBITS, upvotes=5)
    announce("Proteins", abstract=FOLDS, upvotes=10)
    return older


def test_marks_and_saves_change_the_letter_of_their_reader_only() -> None:
    qubits, proteins = qubits_and_proteins()
    saver = ada._replace(id=12, email="saver@example.org")
    for person in (ada, grace, saver):
        subscribe(person)
    give_feedback(ada, "more", qubits)
    give_feedback(ada, "less", proteins)
    give_feedback(saver, "save", qubits)
    marked, plain, saved = chosen(build_edition(FRIDAY), ada, grace, saver)
    assert marked[0] == saved[0] == "Qubits"
    assert "Proteins" not in marked
    assert set(plain) == {"Qubits", "Deep nets", "Proteins"}


def test_a_paper_both_saved_and_less_wanted_is_disliked() -> None:
    qubits, _ = qubits_and_proteins()
    subscribe(ada)
    give_feedback(ada, "save", qubits)
    give_feedback(ada, "less", qubits)
    [signals] = SignalLoader().load([ada])
    assert (len(signals.liked), len(signals.disliked)) == (0, 1)


def test_the_newest_text_of_a_marked_paper_counts() -> None:
    qubits, _ = qubits_and_proteins()
    subscribe(ada)
    give_feedback(ada, "more", qubits)
    fields = {"title": "Folded", "abstract": FOLDS, "primary_category": "cs.LG", "authors": ["Lin Mei"]}
    Version.objects.create(paper=qubits.paper, number=2, categories=["cs.LG"], **fields)
    edition = build_edition(FRIDAY)
    [choice] = chooser(edition).choose([ada])
    assert chosen(edition, ada)[0][0] == "Proteins"
    assert {"Folded"} == {each.text for each in choice.picks[0].reasons if each.kind == "like"}


def test_a_mark_counts_for_more_further_down_the_letter() -> None:
    subscribe(ada)
    for place, version in zip((1, 3, 4, None), [announce(f"Paper {number}") for number in range(4)], strict=True):
        Feedback.objects.create(subscriber_id=ada.id, paper=version.paper, kind="more", place=place)
    [signals] = SignalLoader().load([ada])
    weights = {each.title: each.weight for each in signals.liked}
    assert weights == {"Paper 0": 1.0, "Paper 1": 1.0, "Paper 2": SEEN_MORE_OFTEN, "Paper 3": 1.0}


@pytest.mark.parametrize("far", [12, 500])
def test_marks_of_readers_with_ids_between_change_nothing(far: int) -> None:
    qubits, _ = qubits_and_proteins()
    chris = ada._replace(id=far, email="chris@example.org")
    for person in (ada, grace, chris):
        subscribe(person)
    give_feedback(grace, "more", qubits)
    give_feedback(chris, "more", qubits)
    nobody, liking = SignalLoader().load([ada, chris])
    assert (len(nobody.liked), len(liking.liked)) == (0, 1)


def test_only_the_newest_marks_of_a_reader_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_signals, "MAX_MARKS_PER_READER", 2)
    qubits, proteins = qubits_and_proteins()
    subscribe(ada)
    give_feedback(ada, "less", proteins)
    give_feedback(ada, "more", qubits)
    give_feedback(ada, "more", announce("Yeast", abstract="Yeast.", day=LAST_YEAR))
    [signals] = SignalLoader().load([ada])
    assert ([each.title for each in signals.liked], len(signals.disliked)) == (["Yeast", "Surface codes"], 0)


def test_marked_papers_are_kept_for_the_next_chunk_within_bounds(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(reader_signals, "MAX_KEPT_PAPERS", 1)
    qubits, proteins = qubits_and_proteins()
    fill_vectors(Version.objects.all())
    for person, version in ((ada, qubits), (grace, proteins)):
        subscribe(person)
        give_feedback(person, "more", version)
    loader = SignalLoader()
    for person, queries in ((ada, 3), (ada, 1), (grace, 3), (ada, 3)):
        with django_assert_num_queries(queries):
            [signals] = loader.load([person])
        assert len(signals.liked) == 1


def test_the_marks_of_a_chunk_cost_three_queries(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    older = qubits_and_proteins()
    fill_vectors(Version.objects.all())
    edition = build_edition(FRIDAY)
    for number in (1, 20):
        day = chooser(edition)
        readers = [Reader(id=number * 100 + n, email=f"{number}.{n}@example.org") for n in range(number)]
        for reader in readers:
            subscribe(reader)
            give_feedback(reader, "more", older[0])
            give_feedback(reader, "less", older[1])
        with django_assert_num_queries(3):
            day.choose(readers)


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


@pytest.mark.parametrize(
    ("switched_off", "titles", "kinds"),
    [
        ("", {"By Hopper", "On graphs", "Old qubits again"}, {"author", "keyword_in_title", "like"}),
        ("authors", {"On graphs", "Old qubits again"}, {"keyword_in_title", "like"}),
        ("filters", {"By Hopper", "Old qubits again"}, {"author", "like"}),
        ("likes", {"By Hopper", "On graphs"}, {"author", "keyword_in_title"}),
    ],
)
def test_a_signal_that_is_switched_off_brings_nothing(switched_off: str, titles: set[str], kinds: set[str]) -> None:
    reader = ada._replace(categories=(), filters=("graphs", "author:hopper", "-survey"))
    liked_version = announce("Old qubits", abstract=QUBITS, day=LAST_YEAR)
    build_edition(LAST_YEAR)
    announce("By Hopper", "math.CO", authors=("Grace Hopper",), abstract="Nothing else.")
    announce("On graphs", "math.CO", authors=("Bao Li",), abstract="Edges and vertices.")
    announce("A survey of graphs", "math.CO", authors=("Bao Li",), abstract="Edges and vertices.")
    announce("Old qubits again", "quant-ph", authors=("Chidi A",), abstract=QUBITS)
    announce("Proteins", "q-bio.BM", authors=("Chidi A",), abstract=FOLDS)
    subscribe(reader, switched_off=switched_off)
    Feedback.objects.create(subscriber_id=reader.id, paper=liked_version.paper, kind="more")
    edition = build_edition(FRIDAY)
    papers = load_contents(edition).papers
    [choice] = EditionChooser(edition, papers).choose(list(get_readers([reader.id]).values()))
    assert {papers[pick.rank].title for pick in choice.picks} == titles
    assert {reason.kind for pick in choice.picks for reason in pick.reasons} == kinds
