"""A paper as one int that sorts as papers stand in a letter: by tier, then by points, then as in the edition.

The greater key is the better. Its parts are the tier, 12 bits of points and 16 bits of place; the place is counted from
the end of the edition, so that of equal papers the one with the lower rank is the better. Python sorts ints of up to
30 bits several times as fast as others.
"""

from collections.abc import Iterable

from digest.ranking.matching import match_points
from digest.ranking.matching.match_points import PointGroup

PLACE_BITS, POINT_BITS = 16, 12
TIER_SHIFT = PLACE_BITS + POINT_BITS
PLACE_MASK = (1 << PLACE_BITS) - 1
POINT_MASK = (1 << POINT_BITS) - 1
# arXiv announces about a thousand papers a day.
MAX_PAPERS_PER_DAY = 1 << PLACE_BITS

# What a tier is worth in a score: more than all points together.
SCORE_PER_TIER = 1000


def make_key(tier: int, points: int, place: int) -> int:
    """Return the sort key of a paper; *place* counts from the end of the edition."""
    return (tier << POINT_BITS | points) << PLACE_BITS | place


def best_keys(tier: int, groups: Iterable[PointGroup], most: int, last: int) -> list[int]:
    """Return the keys of the *most* best papers of these groups, the best first; *last* is the greatest rank."""
    found: list[int] = []
    for points, papers in match_points.sort_descending(groups):
        last_key = make_key(tier, points, last) + 1
        while papers and len(found) < most:
            lowest = papers & -papers
            found.append(last_key - lowest.bit_length())
            papers ^= lowest
    return found


class ScoreCache(dict[int, float]):
    """Maps a sort key to the score of a pick: SCORE_PER_TIER for each tier, points, and the paper's score (0 to 1).

    A score is computed once for each tier and number of points that a paper really gets, so there are few.
    """

    def __init__(self, paper_scores: list[float]) -> None:
        """*paper_scores* holds each paper's score in the edition, by place."""
        self._paper_scores = paper_scores

    def __missing__(self, key: int) -> float:
        tier_and_points = key >> PLACE_BITS
        whole = (tier_and_points >> POINT_BITS) * SCORE_PER_TIER + (tier_and_points & POINT_MASK)
        self[key] = score = round(whole + self._paper_scores[key & PLACE_MASK], 4)
        return score
