"""Ranks the papers of an index for a query by BM25 (Robertson, Zaragoza, The Probabilistic Relevance Framework, 2009).

Each stem of the query counts, and so do two neighbours of the query that stand side by side in the paper, once by their
stems and once as they are written. A place in the title counts twice. What lacks words of the query is worth the less,
the rarer these are. Papers that a filter requires come before all others; equal ones by number, the newest first.
"""

from collections.abc import Sequence
from functools import reduce
from itertools import pairwise
from math import log
from operator import and_
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.ranking.search.filter_matches import find_author, find_matches
from digest.ranking.search.paper_terms import ABSTRACT_START, PLACES_PER_PAPER, STOP_WORDS
from digest.ranking.search.postings import NO_POSTINGS, Postings, SearchIndex, followed_by
from digest.ranking.search.query import MAX_WORDS, Query, QueryWord, may_relax
from digest.ranking.search.stems import stem
from digest.ranking.text.term_rarity import TermRarity, number_word
from subscriptions.filters.language import And, Filter, Term, fold, positive_terms

# How soon a term that comes again says no more, and how much the length of a paper counts.
SATURATION, LENGTH_SHARE = 1.2, 0.4
TITLE_WEIGHT = 2.0
# The rarity of a term is rounded to such parts, so that it is the same on every machine.
RARITY_PARTS = 1024
# Words of a query count as neighbours if they are at most so far apart, with nothing but stop words between them.
MAX_DISTANCE = 4
# Where fewer of the papers with all words of a query have them together, the words are no expression.
MIN_SHARE_TOGETHER = 0.2
# A query of so many words may be somebody's name. An author of this name counts as much as so many rare words.
MAX_PARTS_OF_NAME, AUTHOR_WEIGHT = 4, 3.0


class Hits(NamedTuple):
    """Papers by their numbers, best first, and their scores."""

    papers: NDArray[np.int64]
    scores: NDArray[np.float64]
    # How many of the first ones match all that the query requires.
    matching: int


def find_hits(
    query: Query, index: SearchIndex, rarity: TermRarity, limit: int, within: NDArray[np.bool_] | None = None
) -> Hits:
    """Return the best *limit* papers for a query. *rarity* tells which words of a long query count.

    *within* tells of each paper whether it may be found; None if all may.
    """
    allowed = index.lengths > 0 if within is None else within
    scores = score_query(query, index, rarity)
    if query.required is not None:
        return _rank_required(query.required, scores, index, limit, allowed)
    return _take_best(scores, (scores > 0) & allowed, limit)


def score_query(query: Query, index: SearchIndex, rarity: TermRarity) -> NDArray[np.float64]:
    """Return how well each paper fits the words of a query, and its name if it is one; 0 for what has none of them."""
    words = _keep_rarest(query.words if query.required is None else _list_term_words(query.required), rarity)
    scorer = TermScorer(index)
    scores = scorer.score_words(words)
    if query.required is None:
        scores *= scorer.measure_coverage(words)
    scorer.add(scores, find_named(query, index), AUTHOR_WEIGHT)
    return scores


def find_having_all(query: Query, index: SearchIndex) -> NDArray[np.bool_]:
    """Return which papers have all of a query: what it requires, each of its words in any form, or such an author."""
    if query.required is not None:
        return find_matches(query.required, index)
    stems = {stem(each.word) for each in query.words}
    postings = index.by_stem(stems)
    matches = np.full(len(index.lengths), bool(stems))
    for each in stems:
        matches &= _mark_papers(postings.get(each, NO_POSTINGS), index)
    return (matches | _mark_papers(find_named(query, index), index)) & (index.lengths > 0)


def find_apart(query: Query, index: SearchIndex) -> NDArray[np.bool_]:
    """Return which papers have all the words of a query in their texts, but nowhere together; none of no expression.

    Words stand together where each is at most as many places from the rarest as there are words. A paper that has those
    of an expression apart is seldom about it. One by an author of a word, or of all, is not among them.
    """
    stems = list(dict.fromkeys(map(stem, _list_loose_words(query))))
    nothing = np.zeros(len(index.lengths), np.bool_)
    if len(stems) < 2:
        return nothing
    found = index.by_stem(stems)
    postings = sorted((found.get(each, NO_POSTINGS) for each in stems), key=len)
    having_all = reduce(and_, (_mark_papers(each, index) for each in postings))
    near = postings[0]
    for each in postings[1:]:
        near = near[_are_near(near, each, len(stems))]
    together = _mark_papers(near, index)
    if np.count_nonzero(together) < MIN_SHARE_TOGETHER * np.count_nonzero(having_all):
        return nothing
    return having_all & ~together & ~_mark_papers(find_named(query, index), index)


def _list_loose_words(query: Query) -> list[str]:
    """Return the words that papers must have, wherever they stand."""
    match query.required:
        case None:
            return [each.word for each in query.words]
        case And(parts):
            single = (part.words for part in parts if isinstance(part, Term) and part.field == "any")
            folded = (fold(words[0]) for words in single if len(words) == 1)
            return [word for word in folded if word not in STOP_WORDS and not word.endswith("*")]
        case _:
            return []


def _are_near(some: Postings, postings: Postings, distance: int) -> NDArray[np.bool_]:
    """Return which of *some* have one of *postings* at most so many places before or behind."""
    if not len(postings):
        return np.zeros(len(some), np.bool_)
    following = np.searchsorted(postings, some)
    behind = postings[np.minimum(following, len(postings) - 1)] - some
    before = some - postings[np.maximum(following - 1, 0)]
    near: NDArray[np.bool_] = (np.abs(behind) <= distance) | (np.abs(before) <= distance)
    return near


def _mark_papers(postings: Postings, index: SearchIndex) -> NDArray[np.bool_]:
    marked = np.zeros(len(index.lengths), np.bool_)
    marked[postings // PLACES_PER_PAPER] = True
    return marked


def find_named(query: Query, index: SearchIndex) -> Postings:
    """Return where an author has just the words of a query as parts of the name."""
    if not query.name_parts or len(query.words) > MAX_PARTS_OF_NAME:
        return NO_POSTINGS
    return find_author(query.name_parts, index, exactly=True)


def _rank_required(
    required: Filter, scores: NDArray[np.float64], index: SearchIndex, limit: int, allowed: NDArray[np.bool_]
) -> Hits:
    matches = find_matches(required, index) & allowed
    best = _take_best(scores, matches, limit)
    if len(best.papers) == limit or not may_relax(required):
        return best
    others = _take_best(scores, (scores > 0) & allowed & ~matches, limit - len(best.papers))
    return Hits(
        np.concatenate((best.papers, others.papers)), np.concatenate((best.scores, others.scores)), best.matching
    )


def _list_term_words(required: Filter) -> tuple[QueryWord, ...]:
    """Return the words for which a filter looks in texts. Words of two terms are no neighbours."""
    found: dict[str, QueryWord] = {}
    place = 0
    for term in positive_terms(required):
        if isinstance(term, Term) and term.field in ("any", "title", "abstract"):
            for word in map(fold, term.words):
                place += 1
                if word not in STOP_WORDS and not word.endswith("*"):
                    found.setdefault(word, QueryWord(word, place))
            place += PLACES_PER_PAPER
    return tuple(found.values())


def _keep_rarest(words: Sequence[QueryWord], rarity: TermRarity) -> list[QueryWord]:
    rarest = sorted(words, key=lambda each: (-int(rarity.values[number_word(each.word)]), each.place))[:MAX_WORDS]
    return sorted(rarest, key=lambda each: each.place)


def _take_best(scores: NDArray[np.float64], chosen: NDArray[np.bool_], limit: int) -> Hits:
    """Return the best *limit* of the *chosen* papers, as matching all that is required."""
    papers = np.nonzero(chosen)[0]
    if len(papers) > limit:
        least = np.partition(scores[papers], len(papers) - limit)[len(papers) - limit]
        papers = papers[scores[papers] >= least]
    best = papers[np.lexsort((-papers, -scores[papers]))][:limit]
    return Hits(best, scores[best], len(best))


def _list_papers(postings: Postings) -> NDArray[np.int64]:
    """Return the papers that have any of these postings, each once."""
    papers = postings // PLACES_PER_PAPER
    return papers[np.concatenate(([True], papers[1:] != papers[:-1]))]


class TermScorer:
    """Gives every paper of an index its BM25 score for a term."""

    def __init__(self, index: SearchIndex) -> None:
        self.index = index
        self._lengths = index.lengths
        self._count = int(np.count_nonzero(self._lengths))
        mean = float(np.sum(self._lengths)) / max(self._count, 1) or 1.0
        self._damping = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * self._lengths / mean)

    def score_words(self, words: Sequence[QueryWord]) -> NDArray[np.float64]:
        """Return the sum for all stems of *words*, and for those of them that are neighbours."""
        scores = np.zeros(len(self._lengths))
        stems = [stem(each.word) for each in words]
        postings = self.index.by_stem(set(stems))
        for each in dict.fromkeys(stems):
            self.add(scores, postings.get(each, NO_POSTINGS))
        exact = self.index.by_term([each.word for each in words]) if len(words) > 1 else {}
        for one, other in pairwise(words):
            distance = other.place - one.place
            if distance > MAX_DISTANCE:
                continue
            for found, first, second in ((postings, stem(one.word), stem(other.word)), (exact, one.word, other.word)):
                if first in found and second in found:
                    self.add(scores, followed_by(found[first], found[second], distance))
        return scores

    def measure_coverage(self, words: Sequence[QueryWord]) -> NDArray[np.float64]:
        """Return which share of *words* each paper has, each word weighed by its rarity.

        Words that no paper has do not count. Without it the words of an expression, and their standing side by side,
        outweigh the one word that says which of its papers are meant.
        """
        covered, total = np.zeros(len(self._lengths)), 0.0
        for postings in self.index.by_stem(list(dict.fromkeys(stem(each.word) for each in words))).values():
            papers = _list_papers(postings)
            rarity = self._rarity(len(papers))
            covered[papers] += rarity
            total += rarity
        return covered / (total or 1.0)

    def add(self, scores: NDArray[np.float64], postings: Postings, weight: float = 1.0) -> None:
        """Add to *scores* what one term brings, *weight* times."""
        if not len(postings):
            return
        papers = postings // PLACES_PER_PAPER
        counted = np.where(postings % PLACES_PER_PAPER < ABSTRACT_START, TITLE_WEIGHT, 1.0)
        # Postings ascend: those of a paper stand together.
        starts = np.concatenate(([0], np.flatnonzero(papers[1:] != papers[:-1]) + 1))
        held, often = papers[starts], np.add.reduceat(counted, starts)
        searched = self._lengths[held] > 0
        held, often = held[searched], often[searched]
        scores[held] += weight * self._rarity(len(held)) * often * (SATURATION + 1) / (often + self._damping[held])

    def _rarity(self, papers: int) -> float:
        """Return the inverse document frequency of BM25, above 0 for every term."""
        return round(log(1 + (self._count - papers + 0.5) / (papers + 0.5)) * RARITY_PARTS) / RARITY_PARTS
