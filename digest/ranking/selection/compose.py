"""Composes letters from scores, for many readers at once: which papers stand in them, and in which places.

The best papers by score come first. After the first FIRST_PLACES a paper gives way to others the more it is like one
that stands in the letter already, and one that tells the same comes after all others. A filter that matches few papers
of the day keeps a place against papers that are only in a category. Every tenth place is for exploration: a paper near
the reader's field, drawn by lot. Scores that are almost equal are decided by lot too; all lots are the same when a
letter is composed again. `tests/ranking/reference.py` does the same for one reader, step by step.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from digest.ranking.draws import draw
from digest.ranking.matching.inverted_index import collect_ranks, iterate_ranks
from digest.ranking.text.paper_similarity import STEPS, PaperSimilarity

Scores = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Readers see these 50 to 80% more often than the others.
FIRST_PLACES = 3

# Papers whose scores differ by less are almost equal.
NEAR_TIE = 0.05

# What a paper loses that is the same as one in the letter; one that is half as similar loses half of it.
SIMILARITY_PENALTY = 3.0

# From this similarity on two papers tell the same, and what the second one then loses: more than scores differ.
DUPLICATE_SIMILARITY, DUPLICATE_PENALTY = 0.4, 1000.0

# A filter that matches up to so many papers that the reader may get is narrow.
MAX_NARROW_PAPERS = 5

# One place of so many is for exploration, and none in a letter that has fewer than MIN_EXPLORED_LETTER papers.
PLACES_PER_EXPLORED, MIN_EXPLORED_LETTER = 10, 5

# Papers are explored that are among so many best ones of those that are not in the letter.
EXPLORATION_POOL = 20

# So many best papers can come into a letter by their score: four for each place of the longest one.
POOL = 120

# No score is below this. float32 holds whole numbers of this size.
LEAST_TOTAL = -1e6


class Composition(NamedTuple):
    """The ranks in a letter, in its order, and which of them are there for exploration."""

    ranks: list[int]
    explored: frozenset[int]


class LetterRequest(NamedTuple):
    """What one reader asks of a letter."""

    reader_id: int
    # How many papers the letter may have.
    papers: int
    # The papers that each of the reader's filters matches, as sets.
    matches: Sequence[int]
    # Whether a place may be for exploration.
    explores: bool = True


class LetterScores(NamedTuple):
    """What is known of some readers (rows) and the papers of a day (columns)."""

    totals: Scores
    # The same without the part that comes from votes and from the authors' earlier papers; None if nobody has one.
    without_trending: Scores | None
    # Which papers a reader may get.
    candidates: Mask
    # Which of them nothing speaks for but a category of the reader's.
    only_listed: Mask


def compose_letters(
    requests: Sequence[LetterRequest],
    scores: LetterScores,
    similarity: PaperSimilarity,
    paper_keys: NDArray[np.uint64],
) -> list[Composition]:
    """Return the letter of each reader, in their order.

    *paper_keys* are those of `key_papers`.
    """
    reader_ids = np.array([[request.reader_id] for request in requests], dtype=np.int64)
    found: list[int] = scores.candidates.sum(axis=1).tolist()
    sizes = [min(request.papers, count) for request, count in zip(requests, found, strict=True)]
    explored = [
        count_explored_places(size) if request.explores and count > size else 0
        for request, size, count in zip(requests, sizes, found, strict=True)
    ]
    places = max(sizes, default=0)
    if not places:
        return [Composition([], frozenset())] * len(requests)
    pool = _find_best(scores.totals, scores.candidates, POOL)
    ranked = _fill_places(reader_ids, pool, similarity, paper_keys, places).tolist()
    letters = []
    for row, request in enumerate(requests):
        ranks = ranked[row][: sizes[row] - explored[row]]
        _keep_places_of_narrow_filters(ranks, request.matches, scores.totals[row], scores.only_listed[row])
        letters.append(ranks)
    compositions = [Composition(ranks, frozenset()) for ranks in letters]
    explorers = [row for row, count in enumerate(explored) if count]
    if explorers:
        drawn = _draw_explored(reader_ids, scores, pool, letters, paper_keys, explorers, max(explored))
        for row, ranks in zip(explorers, drawn, strict=True):
            compositions[row] = _insert_explored(letters[row], ranks[: explored[row]])
    return compositions


def count_explored_places(size: int) -> int:
    """Return how many of a letter's places are for exploration."""
    return max(1, size // PLACES_PER_EXPLORED) if size >= MIN_EXPLORED_LETTER else 0


def _fill_places(
    reader_ids: NDArray[np.int64],
    pool: "_Pool",
    similarity: PaperSimilarity,
    paper_keys: NDArray[np.uint64],
    places: int,
) -> NDArray[np.int64]:
    """Return the ranks in the first *places* of each reader's letter; behind the last candidate they mean nothing."""
    # Ascending ranks, so that the first of equal papers is the one that stands first in the edition.
    left = pool.totals + NEAR_TIE * draw(reader_ids, paper_keys[pool.ranks])
    alike = np.zeros(left.shape, np.uint8)
    rows = np.arange(len(left))
    ranked = np.empty((len(left), places), dtype=np.int64)
    for place in range(min(places, left.shape[1])):
        best = (left if place < FIRST_PLACES else left - PENALTIES[alike]).argmax(axis=1)
        ranked[:, place] = chosen = pool.ranks[rows, best]
        left[rows, best] = -np.inf
        np.maximum(alike, similarity.between(chosen, pool.ranks), out=alike)
    return ranked


def weigh_similarity(alike: Scores) -> Scores:
    """Return what papers lose that are so *alike* to one in the letter, from 0 to 1."""
    return SIMILARITY_PENALTY * alike + DUPLICATE_PENALTY * (alike >= DUPLICATE_SIMILARITY)


# By the steps of similarity.
PENALTIES = weigh_similarity(np.arange(STEPS + 1) / STEPS)


class _Pool(NamedTuple):
    """The best candidates of each reader by their totals."""

    # Ascending.
    ranks: NDArray[np.int64]
    # Where a reader has fewer candidates, others are below LEAST_TOTAL.
    totals: Scores


def _find_best(totals: Scores, candidates: Mask, most: int) -> _Pool:
    """Return the *most* best candidates of each row, by their columns. Of equal ones the first columns are the best."""
    size = totals.shape[1]
    # No two of the others are equal: equal numbers take long to part.
    keys = np.where(candidates, totals, LEAST_TOTAL - np.arange(1.0, size + 1))
    if size <= most:
        return _Pool(np.broadcast_to(np.arange(size), keys.shape), keys)
    # Numbers of half the size are parted in half the time. Where that makes equals of others, a row is looked at again.
    rounded = keys.astype(np.float32)
    kept = rounded >= np.partition(rounded, size - most, axis=1)[:, [size - most]]
    for row in (np.count_nonzero(kept, axis=1) > most).nonzero()[0]:
        (best,) = kept[row].nonzero()
        kept[row, best[(-keys[row, best]).argsort(kind="stable")[most:]]] = False
    cells = kept.ravel().nonzero()[0].reshape(len(keys), most)
    return _Pool(cells % size, keys.ravel()[cells])


def _keep_places_of_narrow_filters(ranks: list[int], matches: Sequence[int], totals: Scores, only_listed: Mask) -> None:
    """Give each narrow filter without a paper in the letter the last place that a category alone fills."""
    narrow = [match for match in matches if 0 < match.bit_count() <= MAX_NARROW_PAPERS]
    if not narrow:
        return
    chosen = collect_ranks(ranks)
    if all(match & chosen for match in narrow):
        return
    free = [place for place in range(FIRST_PLACES, len(ranks)) if only_listed[ranks[place]]]
    for match in narrow:
        if free and not match & chosen:
            # Of equal ones the first.
            best = max(iterate_ranks(match), key=totals.__getitem__)
            ranks[free.pop()] = best
            chosen |= 1 << best


def _draw_explored(
    reader_ids: NDArray[np.int64],
    scores: LetterScores,
    pool: _Pool,
    letters: Sequence[Sequence[int]],
    paper_keys: NDArray[np.uint64],
    explorers: Sequence[int],
    most: int,
) -> list[list[int]]:
    """Return for each of the *explorers* the *most* ranks that the lots bring, the first lot first."""
    left = scores.candidates[explorers]
    for row, explorer in enumerate(explorers):
        left[row, letters[explorer]] = False
    if scores.without_trending is None:  # a letter leaves enough of the pool
        ranks, totals = pool.ranks[explorers], pool.totals[explorers]
        is_left = np.take_along_axis(left, ranks, axis=1)
        best = _find_best(totals, is_left, EXPLORATION_POOL)
        best = best._replace(ranks=np.take_along_axis(ranks, best.ranks, axis=1))
    else:
        best = _find_best(scores.without_trending[explorers], left, EXPLORATION_POOL)
    # Other lots than those between almost equal papers.
    lots = draw(reader_ids[explorers], ~paper_keys[best.ranks])
    lots[best.totals < LEAST_TOTAL] = 1.0
    order = lots.argsort(axis=1, kind="stable")
    drawn: list[list[int]] = np.take_along_axis(best.ranks, order[:, :most], axis=1).tolist()
    return drawn


def _insert_explored(ranks: Sequence[int], drawn: Sequence[int]) -> Composition:
    """Put the *drawn* papers into every tenth place, or of a shorter letter into the last one."""
    letter = list(ranks)
    for number, rank in enumerate(drawn, start=1):
        letter.insert(number * PLACES_PER_EXPLORED - 1, rank)
    return Composition(letter, frozenset(drawn))
