"""How `more` and `less` feedback changes the order of a day's papers."""

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


def compare_feedback(
    index: DayIndex, more: tuple[MarkedPaper, ...] = (), less: tuple[MarkedPaper, ...] = ()
) -> FeedbackAffinity:
    return FeedbackAffinity(index.similarity, more, less)


def shown(*, reader: Reader = ada, more: tuple[MarkedPaper, ...] = (), less: tuple[MarkedPaper, ...] = ()) -> list[str]:
    index = day(*DAY)
    return [
        index.papers[pick.rank].title
        for pick in choose_papers(reader, index, feedback=compare_feedback(index, more, less)).picks
    ]


def test_papers_like_a_liked_one_come_first() -> None:
    assert shown(more=(QUANTUM,)) == ["Qubits", "A cryptic title", "Proteins", "Another lemma"]


def test_papers_like_a_disliked_one_come_last() -> None:
    assert shown(less=(PROTEIN,)) == ["A cryptic title", "Qubits", "Another lemma", "Proteins"]


def test_one_disliked_paper_counts_however_many_were_liked() -> None:
    assert shown(more=(QUANTUM,) * 30, less=(PROTEIN,))[-1] == "Proteins"
    assert shown(more=(PROTEIN,), less=(QUANTUM, *[UNKNOWN] * 30))[-1] == "Qubits"


def test_feedback_on_an_unrelated_paper_changes_nothing() -> None:
    assert shown(more=(UNKNOWN,)) == [each.title for each in DAY]


def test_a_paper_never_leaves_its_tier() -> None:
    reader = Reader(id=9, email="carla@example.org", categories=("cs.LG",), filters=("lemma",))
    assert shown(reader=reader, more=(QUANTUM,)) == ["Another lemma", "A cryptic title", "Qubits", "Proteins"]


def test_a_shared_author_counts_but_is_no_reason_by_itself() -> None:
    theirs = MarkedPaper("2512.00004", "Zymurgy", "Yeast ferments sugar.", ("Lin Mei", "Madonna"))
    index = day(*DAY)
    assert shown(more=(theirs,))[0] == "Proteins"
    assert compare_feedback(index, (theirs,)).affinities([1]) == [pytest.approx(SHARED_AUTHOR_SIMILARITY)]
    assert compare_feedback(index, (theirs,)).reason(1, "2601.00001") is None


def test_a_name_of_one_word_is_no_shared_author() -> None:
    index = day(paper("Vogue", authors=("Madonna",)))
    assert compare_feedback(index, (MarkedPaper("2512.00004", "Zymurgy", "", ("Madonna",)),)).affinities([0]) == [0.0]


def test_the_reason_names_the_most_similar_liked_paper() -> None:
    index = day(*DAY)
    picks = choose_papers(ada, index, feedback=compare_feedback(index, (PROTEIN, QUANTUM))).picks
    reasons = {index.papers[pick.rank].title: pick.reasons[1:] for pick in picks}
    assert reasons == {
        "Qubits": (Reason("like", "Surface codes"),),
        "Proteins": (Reason("like", "Folding proteins"),),
        "A cryptic title": (),
        "Another lemma": (),
    }


def test_neither_the_paper_itself_nor_a_disliked_one_is_a_reason() -> None:
    index = day(*DAY)
    liked = compare_feedback(index, (QUANTUM,))
    assert liked.reason(2, "2601.00002") == Reason("like", "Surface codes")
    assert liked.reason(2, QUANTUM.arxiv_id) is None
    assert compare_feedback(index, (QUANTUM,), (QUANTUM,)).reason(2, "2601.00002") is None


def test_without_feedback_similarity_is_not_computed() -> None:
    index = day(*DAY)
    assert [pick.rank for pick in choose_papers(ada, index).picks] == [0, 1, 2, 3]
    assert "similarity" not in vars(index), "half a second for nothing"


WORDS = ("deep", "graph", "qubit", "protein", "lemma", "survey", "$\\beta$", "图")
TEXT = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
NAMES = st.lists(st.sampled_from(["Grace Hopper", "Lin Mei", "Madonna", ""]), max_size=2).map(tuple)
MARKED = st.lists(st.builds(MarkedPaper, st.just("2512.00001"), TEXT, TEXT, NAMES), max_size=4)
PAPERS = st.lists(st.builds(paper, TEXT, abstract=TEXT, authors=NAMES), max_size=6)


@given(PAPERS, MARKED, MARKED)
def test_affinity_is_within_one_and_flips_with_the_feedback(
    papers: list[object], more: list[MarkedPaper], less: list[MarkedPaper]
) -> None:
    index = day(*papers)  # type: ignore[arg-type]
    every = range(len(papers))
    values = compare_feedback(index, tuple(more), tuple(less)).affinities(every)
    assert all(-1 <= value <= 1 for value in values)
    assert [-value for value in values] == compare_feedback(index, tuple(less), tuple(more)).affinities(every)
    for value in compare_feedback(index, tuple(more)).affinities(every):
        assert value >= 0


@given(PAPERS.filter(bool), TEXT.filter(bool))
def test_no_paper_is_more_similar_than_one_with_the_same_text(papers: list[object], abstract: str) -> None:
    index = day(paper("", abstract=abstract), *papers)  # type: ignore[arg-type]
    values = compare_feedback(index, (MarkedPaper("2512.00001", "", abstract),)).affinities(range(len(papers) + 1))
    assert values[0] == pytest.approx(1.0) or not any(values)
    assert max(values) == pytest.approx(values[0])


@given(PAPERS, MARKED, MARKED, st.integers(1, 5))
def test_feedback_keeps_the_matches_and_tiers_of_all_picks(
    papers: list[object], more: list[MarkedPaper], less: list[MarkedPaper], count: int
) -> None:
    index = day(*papers)  # type: ignore[arg-type]
    reader = Reader(id=1, email="x@example.org", categories=("cs.LG",), filters=("graph", "deep"), papers=count)
    plain, own = (
        choose_papers(reader, index),
        choose_papers(reader, index, feedback=compare_feedback(index, tuple(more), tuple(less))),
    )
    assert (plain.matched, plain.excluded) == (own.matched, own.excluded)
    assert [pick.score // SCORE_PER_TIER for pick in plain.picks] == [
        pick.score // SCORE_PER_TIER for pick in own.picks
    ]
