"""The categories of readers, worked out for the day. Whoever follows the same ones shares them."""

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

# Room for the points of a key.
LANE_BITS = 32


@dataclass(slots=True)
class FollowedCategories:
    """The categories of a reader, worked out for the day. Nothing changes it."""

    # The papers in any of them.
    listed: int
    # For each category the papers that belong there,
    homes: tuple[int, ...]
    # and all that are in it.
    guests: tuple[int, ...]
    # What it counts for each paper, as match_points.py says,
    groups: PointGroups
    # and the same by place, ready to be added to a key.
    bonus: tuple[int, ...]

    def in_order(self, papers: int, left: int) -> Iterator[int]:
        """The ranks of *papers* that nothing but their categories speaks for, best first.

        Several categories share the places *left*, when there are more papers than places.
        """
        groups = match_points.sort_descending(match_points.add_points(papers, (self.groups,)))
        shared = self._shared(groups, left) if len(self.homes) > 1 else groups
        return (rank for _, found in shared for rank in iterate_ranks(found))

    def _shared(self, groups: Iterable[PointGroup], left: int) -> Iterator[PointGroup]:
        """Yield the same groups; one with more papers than places *left* is split into those with a place and the
        others.
        """
        for worth, papers in groups:
            first = papers
            if 0 < left < papers.bit_count():
                queues = self.homes if worth == PRIMARY_POINTS else self.guests
                first = share_places(papers, queues, left)
            yield worth, first
            yield worth, papers ^ first
            left -= papers.bit_count()

    def first(self, papers: int, left: int) -> list[int]:
        """Return as many of *papers* as there are places *left*."""
        return list(islice(self.in_order(papers, left), left))


def follow_categories(
    homes: tuple[int, ...], guests: tuple[int, ...], lanes: Callable[[int], int], size: int
) -> FollowedCategories:
    """*lanes* gives a set of papers as a number with LANE bits for each place, so that a few sums fill all of them."""
    home, listed = reduce(or_, homes, 0), reduce(or_, guests, 0)
    at_home = reduce(or_, map(lanes, homes), 0)
    anywhere = reduce(or_, map(lanes, guests), 0)
    bonus = (at_home * PRIMARY_POINTS + (anywhere & ~at_home) * CROSS_LISTED_POINTS) << PLACE_BITS
    by_place = unpack(f"<{size}I", bonus.to_bytes(size * LANE_BITS // 8, "little"))
    return FollowedCategories(listed, homes, guests, match_points.category_points(listed, home), by_place)
