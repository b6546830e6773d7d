"""The papers in the categories that a reader follows. Readers who follow the same ones share them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from operator import or_
from struct import unpack

from digest.ranking.matching import match_points
from digest.ranking.matching.inverted_index import iterate_ranks
from digest.ranking.matching.match_points import CROSS_LISTED_POINTS, PRIMARY_POINTS, PointGroup, PointGroups
from digest.ranking.selection.category_quota import share_places
from digest.ranking.selection.sort_key import PLACE_BITS

# Bits for the points of one paper in a number that holds those of all papers.
LANE_BITS = 32


@dataclass(slots=True)
class FollowedCategories:
    """The papers in a reader's categories on this day. Nobody changes it: all who follow the same ones share it."""

    # The papers in any of them.
    listed: int
    # By category: the papers that have it as their primary one.
    primary_by_category: tuple[int, ...]
    # By category: all papers that it lists.
    listed_by_category: tuple[int, ...]
    # The points of each paper for its categories, as match_points.py counts them.
    groups: PointGroups
    # The same points by place, ready to be added to a sort key.
    bonus: tuple[int, ...]

    def in_order(self, papers: int, left: int) -> Iterator[int]:
        """Yield the ranks of *papers* that match by category only, best first.

        Several categories share the places *left*, when there are more papers than places.
        """
        groups = match_points.sort_descending(match_points.add_points(papers, (self.groups,)))
        shared = self._shared(groups, left) if len(self.primary_by_category) > 1 else groups
        return (rank for _, found in shared for rank in iterate_ranks(found))

    def _shared(self, groups: Iterable[PointGroup], left: int) -> Iterator[PointGroup]:
        """Yield the groups; one with more papers than places *left* in two, those that get a place first."""
        for points, papers in groups:
            first = papers
            if 0 < left < papers.bit_count():
                queues = self.primary_by_category if points == PRIMARY_POINTS else self.listed_by_category
                first = share_places(papers, queues, left)
            yield points, first
            yield points, papers ^ first
            left -= papers.bit_count()

    def first(self, papers: int, left: int) -> list[int]:
        """Return the ranks of the best *left* of *papers*."""
        return list(islice(self.in_order(papers, left), left))


def follow_categories(
    primary: tuple[int, ...], in_category: tuple[int, ...], lanes: Callable[[int], int], size: int
) -> FollowedCategories:
    """Match a reader's categories, each given by its papers, on a day of *size* papers.

    *lanes* turns a set of papers into a number with LANE_BITS bits for each place, so that a few operations on such
    numbers count the points of all papers.
    """
    any_primary, listed = reduce(or_, primary, 0), reduce(or_, in_category, 0)
    primary_lanes = reduce(or_, map(lanes, primary), 0)
    listed_lanes = reduce(or_, map(lanes, in_category), 0)
    bonus = (primary_lanes * PRIMARY_POINTS + (listed_lanes & ~primary_lanes) * CROSS_LISTED_POINTS) << PLACE_BITS
    by_place = unpack(f"<{size}I", bonus.to_bytes(size * LANE_BITS // 8, "little"))
    groups = match_points.category_points(listed, any_primary)
    return FollowedCategories(listed, primary, in_category, groups, by_place)
