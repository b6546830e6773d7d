"""Finds the papers that a reader's filters match, as sort keys: the best paper has the greatest.

Papers of a filter that matches few are scored one by one, those of one that matches many as sets: so the cost depends
on how many papers the reader gets, not on how many the day has.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import NamedTuple

from digest.ranking.matching import match_points
from digest.ranking.matching.day_index import DayIndex, FilterMatch
from digest.ranking.matching.filter_scores import AUTHOR_TIER, FEW_PAPERS, KEYWORD_TIER
from digest.ranking.matching.inverted_index import lowest_ranks
from digest.ranking.personal.followed_categories import FollowedCategories
from digest.ranking.selection.sort_key import PLACE_MASK, best_keys, make_key
from subscriptions.reader import Reader

# The tier of a paper that several filters match by words.
SEVERAL_TIER = 2

# Up to so many papers that several filters match are scored one by one, more as sets.
MAX_FEW_SHARED = 16


class ReaderInterests(NamedTuple):
    """The papers that a reader's filters and categories match on this day, as sets."""

    # The filters that match anything, in the reader's order.
    matches: list[FilterMatch]
    # The papers that one filter or several match.
    by_filters: int
    # The papers that several filters match.
    by_several: int
    followed: FollowedCategories
    # The papers that no filter excludes.
    allowed: int

    @property
    def all(self) -> int:
        """Return all papers that match the reader's interests."""
        return (self.by_filters | self.followed.listed) & self.allowed


def find_interests(reader: Reader, index: DayIndex) -> ReaderInterests:
    """Match a reader's filters and categories on the papers of the day."""
    allowed = index.all
    by_filters = by_several = 0
    matches = []
    for match in map(index.match, reader.filters):
        if bits := match.bits:
            by_several |= by_filters & bits
            by_filters |= bits
            matches.append(match)
        elif match.muted:
            allowed &= ~match.muted
    return ReaderInterests(matches, by_filters, by_several, index.followed(reader.categories), allowed)


def find_candidates(
    most: int, index: DayIndex, interests: ReaderInterests, fresh: int
) -> dict[int, FilterMatch | None]:
    """Map the sort keys of papers that filters match to the filter, or to None where several do.

    Only papers in the set *fresh* are candidates. The best *most* of them are among the keys, and perhaps more.
    """
    candidates: dict[int, FilterMatch | None] = {}
    matches, by_filters, by_several, followed, _ = interests
    bonus = followed.bonus
    by_one = by_filters & fresh & ~by_several
    # Papers that are not fresh, and those that several filters match: the latter get their keys below.
    not_by_one = by_filters & ~by_one
    for match in matches:
        keys: Sequence[int] = match.keys
        if not keys:
            keys = _best_of_filter(match, followed, by_one, most, index.last)
            candidates.update(dict.fromkeys(keys, match))
            continue
        if not_by_one and (dropped := not_by_one & match.bits):
            keys = _remove_papers(keys, dropped, index.last)
        for key in keys:
            candidates[key + bonus[key & PLACE_MASK]] = match
    if not_by_one and (shared := by_several & fresh):
        if shared.bit_count() <= MAX_FEW_SHARED:
            keys = _score_few_shared(interests, shared, index.last)
        else:
            keys = _best_of_several(interests, shared, most, index.last)
        candidates.update(dict.fromkeys(keys))
    return candidates


def _remove_papers(keys: Iterable[int], papers: int, last: int) -> list[int]:
    """Return the keys without those of *papers*."""
    places = {last - rank for rank in lowest_ranks(papers, FEW_PAPERS)}
    return [key for key in keys if key & PLACE_MASK not in places]


def _best_of_filter(match: FilterMatch, followed: FollowedCategories, papers: int, most: int, last: int) -> list[int]:
    """Return the keys of the best *papers* of a filter that matches many."""
    papers &= match.bits
    authored = match.levels.author & papers
    parts = (match.groups, followed.groups)
    keys = best_keys(AUTHOR_TIER, match_points.add_points(authored, parts), most, last) if authored else []
    if others := papers & ~authored:
        keys += best_keys(KEYWORD_TIER, match_points.add_points(others, parts), most, last)
    return keys


def _best_of_several(interests: ReaderInterests, papers: int, most: int, last: int) -> list[int]:
    """Return the keys of the best *papers* that several filters match."""
    authored = papers & reduce(or_, (match.levels.author for match in interests.matches), 0)
    parts = [*(match.groups for match in interests.matches), interests.followed.groups]
    keys = best_keys(AUTHOR_TIER, match_points.add_points(authored, parts), most, last) if authored else []
    if others := papers & ~authored:
        keys += best_keys(SEVERAL_TIER, match_points.add_points(others, parts), most, last)
    return keys


def _score_few_shared(interests: ReaderInterests, papers: int, last: int) -> list[int]:
    """Return the keys of all papers that several filters match, paper by paper."""
    points_by_rank: dict[int, int] = {}
    authored = 0
    for match in interests.matches:
        if match.bits & papers:
            authored |= match.levels.author
            for points, some in match.groups:
                for rank in lowest_ranks(some & papers, MAX_FEW_SHARED):
                    points_by_rank[rank] = points_by_rank.get(rank, 0) + points
    bonus = interests.followed.bonus
    return [
        make_key(AUTHOR_TIER if authored >> rank & 1 else SEVERAL_TIER, points, last - rank) + bonus[last - rank]
        for rank, points in points_by_rank.items()
    ]
