"""More like this, less like this: what it does to a day's papers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain import Reason
from digest.ranking.matching.day_index import DayIndex
from digest.ranking.personal.feedback_affinity import FeedbackAffinity
from digest.ranking.personal.similarity import SHARED_AUTHOR_SIMILARITY, MarkedPaper
from digest.ranking.selection.select import choose_papers
from digest.ranking.selection.sort_key import SCORE_PER_TIER
from subscriptions.reader import Reader
from tests.people import ada
from tests.ranking.papers import day, paper

QUANTUM = MarkedPaper(
    "2512.00001", "Surface codes", "We correct errors of qubits by surface codes and lattice surgery."
)
PROTEIN = MarkedPaper("2512.00002", "Folding proteins", "We predict how proteins fold from their amino acid sequences.")
UNKNOWN = MarkedPaper("2512.00003", "Zymurgy", "Yeast ferments sugar.")

DAY = (
    paper("A cryptic title", abstract="We prove a lemma on sets.", authors=("Emmy Noether",)),
    paper("Proteins", abstract="Amino acid sequences of proteins tell how they fold.", authors=("Lin Mei",)),
    paper("Qubits", abstract="Lattice surgery with surface codes corrects errors of qubits.", authors=("A. Kitaev",)),
    paper("Another lemma", abstract="We prove more on sets.", authors=("Emmy Noether",)),
)


def taste(index: DayIndex, more: tuple[MarkedPaper, ...] = (), less: tuple[MarkedPaper, ...] = ()) -> FeedbackAffinity:
    return FeedbackAffinity(index.resemblance, more, less)


def shown(*, reader: Reader = ada, more: tuple[MarkedPaper, ...] = (), less: tuple[MarkedPaper, ...] = ()) -> list[str]:
    index = day(*DAY)
    return [
        index.papers[pick.rank].title for pick in choose_papers(reader, index, taste=taste(index, more, less)).picks
    ]


def test_more_brings_papers_like_it_to_the_front_and_leaves_the_others_in_order() -> None:
    assert shown(more=(QUANTUM,)) == ["Qubits", "A cryptic title", "Proteins", "Another lemma"]


def test_less_puts_papers_like_it_last_and_takes_none_away() -> None:
    assert shown(less=(PROTEIN,)) == ["A cryptic title", "Qubits", "Another lemma", "Proteins"]


def test_one_disliked_paper_counts_however_many_were_liked() -> None:
    assert shown(more=(QUANTUM,) * 30, less=(PROTEIN,))[-1] == "Proteins"
    assert shown(more=(PROTEIN,), less=(QUANTUM, *[UNKNOWN] * 30))[-1] == "Qubits"


def test_what_resembles_nothing_of_the_day_changes_nothing() -> None:
    assert shown(more=(UNKNOWN,)) == [each.title for each in DAY]


def test_a_paper_never_leaves_its_tier() -> None:
    reader = Reader(id=9, email="carla@example.org", categories=("cs.LG",), filters=("lemma",))
    assert shown(reader=reader, more=(QUANTUM,)) == ["Another lemma", "A cryptic title", "Qubits", "Proteins"]


def test_a_shared_author_counts_but_is_no_reason_by_itself() -> None:
    theirs = MarkedPaper("2512.00004", "Zymurgy", "Yeast ferments sugar.", ("Lin Mei", "Madonna"))
    index = day(*DAY)
    assert shown(more=(theirs,))[0] == "Proteins"
    assert taste(index, (theirs,)).affinities([1]) == [pytest.approx(SHARED_AUTHOR_SIMILARITY)]
    assert taste(index, (theirs,)).reason(1, "2601.00001") is None


def test_a_name_of_one_word_is_nobody_in_particular() -> None:
    index = day(paper("Vogue", authors=("Madonna",)))
    assert taste(index, (MarkedPaper("2512.00004", "Zymurgy", "", ("Madonna",)),)).affinities([0]) == [0.0]


def test_the_reason_names_the_liked_paper_that_it_resembles_most() -> None:
    index = day(*DAY)
    picks = choose_papers(ada, index, taste=taste(index, (PROTEIN, QUANTUM))).picks
    told = {index.papers[pick.rank].title: pick.reasons[1:] for pick in picks}
    assert told == {
        "Qubits": (Reason("like", "Surface codes"),),
        "Proteins": (Reason("like", "Folding proteins"),),
        "A cryptic title": (),
        "Another lemma": (),
    }


def test_a_paper_is_not_said_to_be_like_itself_nor_like_what_was_disliked_as_much() -> None:
    index = day(*DAY)
    liked = taste(index, (QUANTUM,))
    assert liked.reason(2, "2601.00002") == Reason("like", "Surface codes")
    assert liked.reason(2, QUANTUM.arxiv_id) is None
    assert taste(index, (QUANTUM,), (QUANTUM,)).reason(2, "2601.00002") is None


def test_readers_who_said_nothing_get_what_they_always_got() -> None:
    index = day(*DAY)
    assert [pick.rank for pick in choose_papers(ada, index).picks] == [0, 1, 2, 3]
    assert "resemblance" not in vars(index), "half a second for nothing"


WORDS = ("deep", "graph", "qubit", "protein", "lemma", "survey", "$\\beta$", "图")
TEXT = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
NAMES = st.lists(st.sampled_from(["Grace Hopper", "Lin Mei", "Madonna", ""]), max_size=2).map(tuple)
MARKED = st.lists(st.builds(MarkedPaper, st.just("2512.00001"), TEXT, TEXT, NAMES), max_size=4)
PAPERS = st.lists(st.builds(paper, TEXT, abstract=TEXT, authors=NAMES), max_size=6)


@given(PAPERS, MARKED, MARKED)
def test_affinity_lies_between_minus_one_and_one_and_turns_round_with_what_was_said(
    papers: list[object], more: list[MarkedPaper], less: list[MarkedPaper]
) -> None:
    index = day(*papers)  # type: ignore[arg-type]
    every = range(len(papers))
    said = taste(index, tuple(more), tuple(less)).affinities(every)
    assert all(-1 <= value <= 1 for value in said)
    assert [-value for value in said] == taste(index, tuple(less), tuple(more)).affinities(every)
    for value in taste(index, tuple(more)).affinities(every):
        assert value >= 0


@given(PAPERS.filter(bool), TEXT.filter(bool))
def test_nothing_resembles_a_paper_more_than_its_own_text(papers: list[object], abstract: str) -> None:
    index = day(paper("", abstract=abstract), *papers)  # type: ignore[arg-type]
    values = taste(index, (MarkedPaper("2512.00001", "", abstract),)).affinities(range(len(papers) + 1))
    assert values[0] == pytest.approx(1.0) or not any(values)
    assert max(values) == pytest.approx(values[0])


@given(PAPERS, MARKED, MARKED, st.integers(1, 5))
def test_feedback_changes_the_order_but_neither_what_matched_nor_how_many(
    papers: list[object], more: list[MarkedPaper], less: list[MarkedPaper], wanted: int
) -> None:
    index = day(*papers)  # type: ignore[arg-type]
    reader = Reader(id=1, email="x@example.org", categories=("cs.LG",), filters=("graph", "deep"), papers=wanted)
    plain, own = (
        choose_papers(reader, index),
        choose_papers(reader, index, taste=taste(index, tuple(more), tuple(less))),
    )
    assert (plain.matched, plain.excluded) == (own.matched, own.excluded)
    assert [pick.score // SCORE_PER_TIER for pick in plain.picks] == [
        pick.score // SCORE_PER_TIER for pick in own.picks
    ]
