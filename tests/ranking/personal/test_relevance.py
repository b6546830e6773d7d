from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.domain import PaperRecord
from digest.ranking.matching.day_index import DayIndex
from digest.ranking.personal.earlier_papers import EarlierPapers, average_vectors
from digest.ranking.personal.relevance import (
    COLUMN_NAMES,
    COLUMNS,
    DayScorer,
    DayScores,
    format_weights,
    load_shipped_weights,
    parse_weights,
)
from digest.ranking.personal.signals import ReaderSignals
from digest.ranking.text.embedding import quantise
from tests.ranking import papers
from tests.ranking.personal.plain_relevance import PlainRelevance

WORDS = ("conformal", "prediction", "graph", "kernel", "quantum", "error", "correction", "galaxy", "ring", "sampling")
CATEGORIES = (("cs.LG",), ("cs.LG", "stat.ML"), ("quant-ph",), ("astro-ph.GA", "physics.data-an"), ("math.CO", "cs.DM"))
NAMES = ("Ada Lovelace", "Grace Hopper", "Plato")

texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join)
some_papers = st.builds(
    lambda title, abstract, codes, name, score: papers.paper(
        title, abstract=abstract, categories=codes, authors=(name,), score=score
    ),
    texts,
    texts,
    st.sampled_from(CATEGORIES),
    st.sampled_from(NAMES),
    st.sampled_from((0.0, 0.25, 1.0)),
)
marks = st.lists(st.builds(papers.liked, some_papers, st.sampled_from((1.0, 1.65))), max_size=4)
FILTERS = (
    *("graph", '"error correction"', "title:kernel", "conformal prediction", "quant*", "-galaxy", "author:lovelace"),
    *("graphs", '"quantum errors"', "cat:cs.LG", "ring OR sampling", "(", "author:hopper graph", "abs:quantum -error"),
)
EARLIER = EarlierPapers(
    {
        text: average_vectors([papers.vector(papers.paper(title, abstract="Ring of graphs")) for title in titles])
        for text, titles in {"graph": ["Graph kernel", "Sampling graphs"], "quant*": ["Quantum error"]}.items()
    }
)
readers = st.builds(
    ReaderSignals,
    st.lists(st.sampled_from(("cs.LG", "math", "quant-ph", "astro-ph.GA", "stat.ML")), max_size=3, unique=True).map(
        tuple
    ),
    st.lists(st.sampled_from(FILTERS), max_size=4, unique=True).map(tuple),
    marks,
    marks,
    st.sampled_from((0.0, 1.0, 2.0)),
    st.frozensets(st.sampled_from(("likes", "dislikes", "filters", "categories", "trending")), max_size=2),
)


def scorer(index: DayIndex) -> DayScorer:
    return DayScorer(index, list(map(papers.vector, index.papers)), earlier=EARLIER)


def score(reader: ReaderSignals, *of_the_day: PaperRecord) -> DayScores:
    return scorer(papers.day(*of_the_day)).score([reader])


@settings(max_examples=30)
@given(st.lists(some_papers, min_size=1, max_size=6), st.lists(readers, min_size=1, max_size=3))
def test_the_plain_score_is_the_fast_one(of_the_day: list[PaperRecord], signals: list[ReaderSignals]) -> None:
    index = papers.day(*of_the_day)
    vectors = list(map(papers.vector, index.papers))
    plain = PlainRelevance(index.papers, vectors, EARLIER, load_shipped_weights())
    scores = scorer(index).score(signals)
    for row, reader in enumerate(signals):
        wanted = np.array(plain.score(reader))
        assert scores.total[row] - scores.total[row].mean() == pytest.approx(wanted - wanted.mean(), abs=5e-3)


@settings(max_examples=30)
@given(st.lists(some_papers, min_size=1, max_size=6), readers)
def test_every_column_is_the_plain_one(of_the_day: list[PaperRecord], reader: ReaderSignals) -> None:
    index = papers.day(*of_the_day)
    plain = PlainRelevance(index.papers, list(map(papers.vector, index.papers)), EARLIER, load_shipped_weights())
    columns = scorer(index).measure(reader)
    for rank in range(len(index.papers)):
        wanted = plain.columns(reader, rank)
        assert dict(zip(COLUMN_NAMES, columns[:, rank].tolist(), strict=True)) == pytest.approx(wanted, abs=2e-3)


@settings(max_examples=30)
@given(st.lists(some_papers, min_size=1, max_size=6), st.lists(readers, min_size=2, max_size=4))
def test_readers_are_scored_alike_alone_and_together(
    of_the_day: list[PaperRecord], signals: list[ReaderSignals]
) -> None:
    index = papers.day(*of_the_day)
    together = scorer(index).score(signals)
    alone = [scorer(index).score([reader]).total[0] for reader in signals]
    assert np.array_equal(together.total, np.array(alone))


@settings(max_examples=30)
@given(st.lists(some_papers, min_size=1, max_size=6), readers)
def test_families_add_up_to_the_score(of_the_day: list[PaperRecord], reader: ReaderSignals) -> None:
    scores = score(reader, *of_the_day)
    assert np.array_equal(scores.total, sum(scores.families.values()))


def test_words_of_a_liked_paper_match_but_say_nothing_new() -> None:
    of_the_day = papers.paper("Kernel sampling"), papers.paper("Graph kernel"), papers.paper("Galaxy ring")
    liked = [papers.liked(papers.paper("Graph sampling", abstract=""))]
    known, new = (score(ReaderSignals((), (text,), liked), *of_the_day) for text in ("graph", "kernel"))
    assert not known.families["interests"].any()
    assert known.families["filters"][0, 1] > 0
    assert new.families["interests"].any()
    switched_off = ReaderSignals((), ("graph",), liked, switched_off=frozenset(["likes"]))
    assert score(switched_off, *of_the_day).families["interests"].any()


def test_papers_like_the_liked_come_first() -> None:
    reader = ReaderSignals((), (), [papers.liked(papers.paper("Conformal prediction for graphs", abstract=""))])
    scores = score(reader, papers.paper("Kernel sampling"), papers.paper("Conformal prediction with kernels"))
    assert scores.families["likes"][0, 1] > 0 > scores.families["likes"][0, 0]
    assert scores.near.tolist() == [[False, True]]


def test_papers_like_the_disliked_come_last() -> None:
    reader = ReaderSignals((), (), (), [papers.liked(papers.paper("Conformal prediction for graphs"))])
    scores = score(reader, papers.paper("Kernel sampling"), papers.paper("Conformal prediction with kernels"))
    assert scores.total[0, 1] < scores.total[0, 0]


def test_a_filter_counts_more_where_it_is_rare_and_in_the_title() -> None:
    reader = ReaderSignals((), ("kernel",))
    others = [papers.paper("Other")] * 6
    passing = papers.paper("Rings of galaxies", abstract="We sample quantum rings, and a kernel is shown.")
    about = papers.paper("Kernel", abstract="We sample quantum rings, and they are shown.")
    total = score(reader, about, passing, *others).total[0]
    assert total[0] > total[1] > total[2]


def test_singular_and_plural_are_the_same_filter() -> None:
    day = (papers.paper("Ring of graphs", abstract="Quantum errors of a graph kernel."), papers.paper("Other"))
    one = score(ReaderSignals((), ("kernel", '"quantum error"', "graph OR ring")), *day)
    several = score(ReaderSignals((), ("kernels", '"quantum errors"', "graphs OR rings")), *day)
    assert one.total.tolist() == several.total.tolist()


def test_the_like_is_named_with_how_many_are_near() -> None:
    likes = [papers.liked(papers.paper(title)) for title in ("Kernel sampling", "Kernel graphs", "Galaxy rings")]
    scores = scorer(papers.day(papers.paper("Kernel graphs and sampling", abstract="")))
    [reason] = scores.name_likes(likes, [0])
    assert reason
    assert (reason.kind, reason.text, reason.liked) == ("like", "Kernel graphs", 2)
    assert scores.name_likes([], [0]) == [None]


def test_papers_of_a_day_are_compared_by_words_alone() -> None:
    """A model's vectors tell what is near to likes, but not whether two papers are one idea, or what is usual."""
    index = papers.day(*map(papers.paper, ("Dwarf stars", "Knot theory", "Braids", "Proteins")))
    by_words = list(map(papers.vector, index.papers))
    numbers = ([1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.0, -1.0])
    with_model = [replace(each, embedding=quantise(row)) for each, row in zip(by_words, numbers, strict=True)]
    reader = ReaderSignals((), (), [papers.liked(index.papers[0])._replace(vector=with_model[0])])
    plain, mixed = DayScorer(index, by_words), DayScorer(index, with_model)
    ranks = np.arange(4)
    everybody = np.tile(ranks, (4, 1))
    assert np.array_equal(plain.similarity.between(ranks, everybody), mixed.similarity.between(ranks, everybody))
    assert np.array_equal(plain.compare(0), mixed.compare(0))
    measured = [dict(zip(COLUMN_NAMES, each.measure(reader), strict=True)) for each in (plain, mixed)]
    assert np.array_equal(measured[0]["like_usual"], measured[1]["like_usual"])
    assert measured[0]["like_best"][1] < measured[1]["like_best"][1]


def test_an_unknown_reader_and_an_empty_day_are_scored() -> None:
    assert score(ReaderSignals((), ())).total.shape == (1, 0)
    assert not score(ReaderSignals((), ()), papers.paper("Kernel", kind="replace")).total.any()


def test_every_column_has_a_family_and_a_shipped_weight() -> None:
    weights = load_shipped_weights()
    assert set(weights.many) == set(weights.none) == set(COLUMNS)
    assert parse_weights(format_weights(weights)) == weights
