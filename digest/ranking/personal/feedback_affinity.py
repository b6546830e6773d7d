"""What a reader's `more` and `less` say of a day's papers: an affinity from -1 to 1, and the reason worth telling.

It is the resemblance to the papers the reader wanted more of, less the one to those they wanted less of. Either is the
root mean square over these papers, so that a reader of two subjects need not meet both in one paper.
"""

from collections.abc import Iterable, Sequence
from math import hypot, sqrt

from digest.domain import Reason
from digest.ranking.personal.similarity import MarkedPaper, Similarity

# From here on the resemblance to one paper counts in full, whatever else the reader marked.
SINGLE_MARK_STRENGTH = 0.25

# From here on two papers are alike enough to be told so: of 1,700 papers of a day about two are, to one of six.
MIN_REASON_AFFINITY = 0.2

# Below this papers resemble each other by chance: it leaves the edition's order as it is.
MIN_AFFINITY = 0.05


class FeedbackAffinity:
    """The marks of one reader, held against the papers of a day."""

    def __init__(self, day: Similarity, liked: Sequence[MarkedPaper], disliked: Sequence[MarkedPaper]) -> None:
        self._liked = [(marked, day.to(marked)) for marked in liked]
        self._disliked = [(marked, day.to(marked)) for marked in disliked]

    def affinities(self, wanted: Sequence[int]) -> list[float]:
        """The affinity of each of these ranks, in their order."""
        liked = _strengths([row for _, row in self._liked], wanted)
        disliked = _strengths([row for _, row in self._disliked], wanted)
        return [more - less for more, less in zip(liked, disliked, strict=True)]

    def ordered(self, tier: Iterable[int]) -> list[int]:
        """The ranks of a tier: what the reader likes first, what they dislike last, else in the order given."""
        found = list(tier)
        values = dict(zip(found, self.affinities(found), strict=True))
        return sorted(found, key=lambda rank: -_rounded_affinity(values[rank]))

    def reason(self, rank: int, arxiv_id: str) -> Reason | None:
        """Names the liked paper that this one resembles most, if it clearly does and resembles none disliked more."""
        others = [(row[rank], marked) for marked, row in self._liked if marked.arxiv_id != arxiv_id]
        if not others:
            return None
        likeness, nearest = max(others, key=lambda other: other[0])
        if likeness < MIN_REASON_AFFINITY or self.affinities([rank])[0] <= 0:
            return None
        return Reason("like", nearest.title)


def _rounded_affinity(affinity: float) -> float:
    return affinity if abs(affinity) >= MIN_AFFINITY else 0.0


def _strengths(rows: Sequence[Sequence[float]], wanted: Sequence[int]) -> list[float]:
    """Return how strongly all these rows together speak for each wanted rank, from 0 to 1."""
    if not rows:
        return [0.0] * len(wanted)
    root = sqrt(len(rows))
    return [_strength(column, root) for column in zip(*(map(row.__getitem__, wanted) for row in rows), strict=True)]


def _strength(column: Sequence[float], root: float) -> float:
    best = max(column)
    return best if best >= SINGLE_MARK_STRENGTH else hypot(*column) / root
