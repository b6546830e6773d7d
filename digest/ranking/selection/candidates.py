"""Where the papers that a reader's filters match stand: their keys, best papers with the greatest.

Papers of a filter that matches few are looked at one by one, those of one that matches many as sets: either costs by
the papers wanted, not by those there are.
"""

from collections.abc import Iterable
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

# Where a paper stands that several filters match.
SEVERAL_TIER = 2

# Up to so many papers that several filters match are summed up one by one, more as sets.
MAX_FEW_SHARED = 16


class ReaderInterests(NamedTuple):
    """A reader's interests, worked out for the day."""

    # Those of filters that match something, in the reader's order.
    matches: list[FilterMatch]
    # The papers that filters match,
    once: int
    # and those that several match.
    twice: int
    followed: FollowedCategories
    # What no filter excludes.
    allowed: int

    @property
    def all(self) -> int:
        """All papers that match the reader's interests, as a set."""
        return (self.once | self.followed.listed) & self.allowed


def find_interests(reader: Reader, index: DayIndex) -> ReaderInterests:
    allowed = index.all
    once = twice = 0
    matches = []
    for match in map(index.match, reader.filters):
        if bits := match.bits:
            twice |= once & bits
            once |= bits
            matches.append(match)
        elif match.muted:
            allowed &= ~match.muted
    return ReaderInterests(matches, once, twice, index.followed(reader.categories), allowed)


def find_candidates(most: int, index: DayIndex, wanted: ReaderInterests, fresh: int) -> dict[int, FilterMatch | None]:
    """The keys of the papers that filters match, the best *most* at least, and the filter if it is only one."""
    found: dict[int, FilterMatch | None] = {}
    matches, once, twice, followed, _ = wanted
    alone = fresh & ~twice
    kept = once & ~alone
    bonus = followed.bonus
    for match in matches:
        keys = match.keys
        if not keys:
            found.update(dict.fromkeys(_best_of_filter(match, followed, alone, most, index.last), match))
            continue
        for each in _without_excluded(keys, kept & match.bits, index.last) if kept and kept & match.bits else keys:
            found[each + bonus[each & PLACE_MASK]] = match
    if kept and (shared := twice & fresh):
        few = shared.bit_count() <= MAX_FEW_SHARED
        found.update(dict.fromkeys((_score_few_shared if few else _best_of_several)(wanted, shared, most, index.last)))
    return found


def _without_excluded(keys: Iterable[int], out: int, last: int) -> list[int]:
    """The keys without those of the papers *out*."""
    places = {last - rank for rank in lowest_ranks(out, FEW_PAPERS)}
    return [each for each in keys if each & PLACE_MASK not in places]


def _best_of_filter(match: FilterMatch, followed: FollowedCategories, papers: int, most: int, last: int) -> list[int]:
    """The keys of the best *papers* of a filter that matches many."""
    papers &= match.bits
    authored = match.authored & papers
    parts = (match.groups, followed.groups)
    keys = best_keys(AUTHOR_TIER, match_points.add_points(authored, parts), most, last) if authored else []
    if others := papers & ~authored:
        keys += best_keys(KEYWORD_TIER, match_points.add_points(others, parts), most, last)
    return keys


def _best_of_several(wanted: ReaderInterests, papers: int, most: int, last: int) -> list[int]:
    """The keys of the best *papers* that several filters match."""
    authored = papers & reduce(or_, (match.authored for match in wanted.matches), 0)
    parts = [*(match.groups for match in wanted.matches), wanted.followed.groups]
    keys = best_keys(AUTHOR_TIER, match_points.add_points(authored, parts), most, last) if authored else []
    if others := papers & ~authored:
        keys += best_keys(SEVERAL_TIER, match_points.add_points(others, parts), most, last)
    return keys


def _score_few_shared(wanted: ReaderInterests, papers: int, most: int, last: int) -> list[int]:
    """Return the keys of all papers that several filters match, paper by paper."""
    worths: dict[int, int] = {}
    authored = 0
    for match in wanted.matches:
        if match.bits & papers:
            authored |= match.authored
            for worth, some in match.groups:
                for rank in lowest_ranks(some & papers, MAX_FEW_SHARED):
                    worths[rank] = worths.get(rank, 0) + worth
    bonus = wanted.followed.bonus
    return [
        make_key(AUTHOR_TIER if authored >> rank & 1 else SEVERAL_TIER, worth, last - rank) + bonus[last - rank]
        for rank, worth in worths.items()
    ]
