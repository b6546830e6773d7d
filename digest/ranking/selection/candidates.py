"""Where the papers that a reader's filters match stand: their keys, best papers with the greatest.

Papers of a filter that matches few are looked at one by one, those of one that matches many as sets: either costs by
the papers wanted, not by those there are.
"""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import NamedTuple

from digest.ranking.matching import match_points
from digest.ranking.matching.day_index import DayIndex, Match
from digest.ranking.matching.filter_scores import AUTHOR_TIER, FEW, KEYWORD_TIER
from digest.ranking.matching.inverted_index import lowest
from digest.ranking.personal.followed_categories import Followed
from digest.ranking.selection.sort_key import PLACES, best, key
from subscriptions.reader import Reader

# Where a paper stands that several filters match.
SEVERAL_TIER = 2

# Up to so many papers that several filters match are summed up one by one, more as sets.
FEW_SHARED = 16


class Wishes(NamedTuple):
    """A reader's interests, worked out for the day."""

    # Those of filters that match something, in the reader's order.
    matches: list[Match]
    # The papers that filters match,
    once: int
    # and those that several match.
    twice: int
    followed: Followed
    # What no filter excludes.
    allowed: int

    @property
    def all(self) -> int:
        """All papers that match the reader's interests."""
        return (self.once | self.followed.listed) & self.allowed


def wishes(reader: Reader, index: DayIndex) -> Wishes:
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
    return Wishes(matches, once, twice, index.followed(reader.categories), allowed)


def owners(most: int, index: DayIndex, wanted: Wishes, fresh: int) -> dict[int, Match | None]:
    """The keys of the papers that filters match, the best *most* at least, and the filter if it is only one."""
    found: dict[int, Match | None] = {}
    matches, once, twice, followed, _ = wanted
    alone = fresh & ~twice
    kept = once & ~alone
    bonus = followed.bonus
    for match in matches:
        keys = match.keys
        if not keys:
            found.update(dict.fromkeys(_strongest(match, followed, alone, most, index.last), match))
            continue
        for each in _among(keys, kept & match.bits, index.last) if kept and kept & match.bits else keys:
            found[each + bonus[each & PLACES]] = match
    if kept and (shared := twice & fresh):
        few = shared.bit_count() <= FEW_SHARED
        found.update(dict.fromkeys((_few_shared if few else _shared)(wanted, shared, most, index.last)))
    return found


def _among(keys: Iterable[int], out: int, last: int) -> list[int]:
    """The keys without those of the papers *out*."""
    places = {last - rank for rank in lowest(out, FEW)}
    return [each for each in keys if each & PLACES not in places]


def _strongest(match: Match, followed: Followed, papers: int, most: int, last: int) -> list[int]:
    """The keys of the best *papers* of a filter that matches many."""
    papers &= match.bits
    authored = match.authored & papers
    parts = (match.groups, followed.groups)
    keys = best(AUTHOR_TIER, match_points.together(authored, parts), most, last) if authored else []
    if others := papers & ~authored:
        keys += best(KEYWORD_TIER, match_points.together(others, parts), most, last)
    return keys


def _shared(wanted: Wishes, papers: int, most: int, last: int) -> list[int]:
    """The keys of the best *papers* that several filters match."""
    authored = papers & reduce(or_, (match.authored for match in wanted.matches), 0)
    parts = [*(match.groups for match in wanted.matches), wanted.followed.groups]
    keys = best(AUTHOR_TIER, match_points.together(authored, parts), most, last) if authored else []
    if others := papers & ~authored:
        keys += best(SEVERAL_TIER, match_points.together(others, parts), most, last)
    return keys


def _few_shared(wanted: Wishes, papers: int, most: int, last: int) -> list[int]:
    """The same for all of them, paper by paper."""
    worths: dict[int, int] = {}
    authored = 0
    for match in wanted.matches:
        if match.bits & papers:
            authored |= match.authored
            for worth, some in match.groups:
                for rank in lowest(some & papers, FEW_SHARED):
                    worths[rank] = worths.get(rank, 0) + worth
    bonus = wanted.followed.bonus
    return [
        key(AUTHOR_TIER if authored >> rank & 1 else SEVERAL_TIER, worth, last - rank) + bonus[last - rank]
        for rank, worth in worths.items()
    ]
