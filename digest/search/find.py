"""Finds stored papers: for a query, or like another paper.

Hits are versions, the best first; equal ones the newest first. Of each paper only the newest version is found.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from math import log
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.editions.version_vectors import load_vectors
from digest.models import Version
from digest.ranking.search.filter_matches import find_matches
from digest.ranking.search.paper_terms import STOP_WORDS
from digest.ranking.search.query import Query, read_query
from digest.ranking.search.rank_anew import RANKED_ANEW, rank_anew
from digest.ranking.search.ranking import (
    TermScorer,
    find_apart,
    find_having_all,
    find_hits,
    find_named,
    score_query,
)
from digest.ranking.search.spelling import RARE, choose_spelling, list_near_words
from digest.ranking.search.vector_table import VectorTable
from digest.ranking.text.embedding import mix_similarity
from digest.ranking.text.paper_vector import TITLE_WEIGHT
from digest.ranking.text.term_rarity import load_shipped_rarity, number_word
from digest.search.attention import measure_attention
from digest.search.lookup import DatabaseIndex
from subscriptions.filters.language import CategoryTerm, Or, parse, tokens, words

# The heaviest words of a paper by which papers like it are looked for, and how many of these are compared in full.
WORDS_OF_A_PAPER, COMPARED_PAPERS = 24, 300

# Papers below this cosine share a few words and no subject. Of 150 papers of February 2026 among 6,000, 93% have one
# above it, and half of them seven or more.
MIN_SIMILARITY = 0.04

# So many words of a query are looked up as they may have been meant.
MAX_CORRECTED = 4


class Hit(NamedTuple):
    """A version that was found."""

    version_id: int
    score: float
    # Whether it has all of the query. What a filter does not match follows what it does; words may be missing anywhere.
    matches: bool = True


Order = Literal["relevance", "newest", "noticed"]


class Scope(NamedTuple):
    """Among which papers is searched: those of one of some categories, if any, that came out between two days."""

    codes: tuple[str, ...] = ()
    first_day: date | None = None
    last_day: date | None = None


EVERYTHING = Scope()


class Found(NamedTuple):
    """What a search found."""

    hits: list[Hit]
    # How many papers have all of the query.
    total: int
    # The words that were searched instead of those that nobody writes so; empty where nothing was changed.
    corrected: str = ""
    # In any order but by relevance: how many of the total have the words of an expression apart, and come last.
    apart: int = 0


def search(text: str, limit: int = 20) -> list[Hit]:
    """Return the best papers for a query, words or a filter. Raises FilterError on what cannot be read."""
    index, query = DatabaseIndex(), read_query(text)
    return _rank_by_relevance(text, query, index, limit, None, find_having_all(query, index))


def search_archive(
    text: str,
    limit: int,
    *,
    scope: Scope = EVERYTHING,
    order: Order = "relevance",
    exactly: bool = False,
    as_filter: bool = False,
) -> Found:
    """Return what a search page shows: the best papers for a query within *scope*.

    In any other order than by relevance, only papers that have all of the query are found; those that have its words
    apart come last. A word that nearly no paper has is taken for the word near it that many have, unless *exactly*.
    *as_filter* finds what letters to a reader with this filter would hold: the words as they stand. Raises FilterError.
    """
    index, query, corrected = DatabaseIndex(), read_query(text), ""
    if not (exactly or as_filter) and (meant := _correct_spelling(query, text, index)):
        query, text, corrected = read_query(meant), meant, meant
    within = _find_scope(scope, index)
    having_all = find_matches(parse(text), index) if as_filter else find_having_all(query, index)
    if within is not None:
        having_all &= within
    total = int(np.count_nonzero(having_all))
    if order == "relevance":
        ranked = having_all if as_filter else within
        return Found(_rank_by_relevance(text, query, index, limit, ranked, having_all), total, corrected)
    attention = measure_attention(index) if order == "noticed" else np.zeros(len(index.lengths))
    apart = find_apart(query, index) & having_all
    scores = score_query(query, index, load_shipped_rarity())
    hits = _list_newest(having_all, apart, attention, scores, index, limit)
    return Found(hits, total, corrected, apart=int(np.count_nonzero(apart)))


def _rank_by_relevance(
    text: str,
    query: Query,
    index: DatabaseIndex,
    limit: int,
    within: NDArray[np.bool_] | None,
    having_all: NDArray[np.bool_],
) -> list[Hit]:
    hits = find_hits(query, index, load_shipped_rarity(), max(limit, RANKED_ANEW), within)
    versions = index.versions(hits.papers)
    vectors = load_vectors(versions[:RANKED_ANEW])
    hits = rank_anew(hits, [vectors[pk] for pk in versions[:RANKED_ANEW]], text)
    rows = zip(index.versions(hits.papers), hits.scores.tolist(), having_all[hits.papers].tolist(), strict=True)
    return [Hit(*row) for row in rows][:limit]


def _list_newest(
    matches: NDArray[np.bool_],
    apart: NDArray[np.bool_],
    attention: NDArray[np.float64],
    scores: NDArray[np.float64],
    index: DatabaseIndex,
    limit: int,
) -> list[Hit]:
    """Return the papers that were noticed most, equal ones by day, the newest first, and those of a day by their score.

    Those that have the words *apart* follow all others.
    """
    papers = np.nonzero(matches)[0]
    days = index.first_days()[papers]
    best = papers[np.lexsort((-papers, -scores[papers], -days, -attention[papers], apart[papers]))][:limit]
    return [Hit(pk, score) for pk, score in zip(index.versions(best), attention[best].tolist(), strict=True)]


def _find_scope(scope: Scope, index: DatabaseIndex) -> NDArray[np.bool_] | None:
    """Return which papers are in *scope*; None if all are."""
    if scope == EVERYTHING:
        return None
    within = index.lengths > 0
    if scope.codes:
        within = find_matches(Or(tuple(map(CategoryTerm, scope.codes))), index)
    if scope.first_day or scope.last_day:
        days = index.first_days()
        within &= days >= (scope.first_day or date.min).toordinal()
        within &= days <= (scope.last_day or date.max).toordinal()
    return within


def _correct_spelling(query: Query, text: str, index: DatabaseIndex) -> str:
    """Return the words that were probably meant; empty if they are those of the query. It takes two queries at most."""
    asked = {each.word for each in query.words}
    known = index.count_postings(asked) if asked else {}
    doubtful = sorted(word for word in asked if known.get(word, 0) <= RARE)[:MAX_CORRECTED]
    near = {each for word in doubtful for each in list_near_words(word)}
    # Somebody's name is no mistake.
    if not near or len(find_named(query, index)):
        return ""
    counts = {**index.count_postings(near), **known}
    meant = {word: chosen for word in doubtful if (chosen := choose_spelling(word, counts)) != word}
    # What was written right stays as it was written: plurals too.
    written = zip(words(text), tokens(text), strict=True)
    return " ".join(meant.get(token, word) for word, token in written) if meant else ""


def similar(version_id: int, limit: int = 20) -> list[Hit]:
    """Return the papers most like a version, by the cosine of their vectors, MIN_SIMILARITY at least.

    There are none if it is not stored. Vectors of an embedding model are mixed in, if there are any.
    """
    index = DatabaseIndex()
    near = _find_near(version_id, index)
    vectors = load_vectors([version_id, *near])
    if version_id not in vectors:
        return []
    others = [pk for pk in near if pk in vectors]
    wanted = VectorTable.of([vectors[version_id]]).to_dense(0)
    scores = VectorTable.of([vectors[pk] for pk in others]).similarities(wanted)
    given, theirs = vectors[version_id].embedding, [vectors[pk].embedding for pk in others]
    scores = mix_similarity(scores[np.newaxis], [given], theirs)[0]
    return [hit for hit in _list_best(others, scores, limit) if hit.score >= MIN_SIMILARITY]


def _list_best(versions: Sequence[int], scores: NDArray[np.float64], limit: int) -> list[Hit]:
    order = np.lexsort((-np.array(versions, np.int64), -scores))[:limit]
    return [Hit(versions[place], float(scores[place])) for place in order]


def _find_near(version_id: int, index: DatabaseIndex) -> list[int]:
    """Return the versions that have most of a version's heaviest words, without itself: COMPARED_PAPERS at most."""
    counted: Counter[str] = Counter()
    for title, abstract in Version.objects.filter(pk=version_id).values_list("title", "abstract"):
        counted = Counter(tokens(abstract))
        for word in tokens(title):
            counted[word] += TITLE_WEIGHT
    values = load_shipped_rarity().values
    weights = {
        word: round((1 + log(times)) * int(values[number_word(word)]), 3)
        for word, times in counted.items()
        if word not in STOP_WORDS
    }
    heaviest = sorted(weights, key=lambda word: (-weights[word], word))[:WORDS_OF_A_PAPER]
    postings = index.by_term(heaviest)
    scorer, scores = TermScorer(index), np.zeros(len(index.lengths))
    for word in heaviest:
        if word in postings and weights[word]:
            scorer.add(scores, postings[word], weights[word])
    if (number := index.number(version_id)) is not None:
        scores[number] = 0
    found = np.nonzero(scores)[0]
    return index.versions(found[np.lexsort((-found, -scores[found]))][:COMPARED_PAPERS])
