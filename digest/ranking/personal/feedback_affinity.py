"""A reader's affinity to a day's papers, from their `more` and `less` feedback: from -1 to 1, with a reason.

It is the similarity to the papers of which the reader wants more, minus that to those of which they want less. Each is
the root mean square over these papers, so that a reader of two subjects need not meet both in one paper.
"""

from collections.abc import Iterable, Sequence
from math import hypot, sqrt

from digest.domain import Reason
from digest.ranking.personal.similarity import MarkedPaper, Similarity

# From here on the similarity to one paper counts in full, whatever else the reader marked.
SINGLE_MARK_STRENGTH = 0.25

# From here on the similarity is given as a reason. On a day of 1,700 papers about two are that similar to one of six
# marked papers.
MIN_REASON_AFFINITY = 0.2

# Papers reach a lower affinity by chance, so it leaves the edition's order as it is.
MIN_AFFINITY = 0.05


class FeedbackAffinity:
    """The papers that one reader marked, compared with the papers of a day."""

    def __init__(self, day: Similarity, liked: Sequence[MarkedPaper], disliked: Sequence[MarkedPaper]) -> None:
        self._liked = [(marked, day.to(marked)) for marked in liked]
        self._disliked = [(marked, day.to(marked)) for marked in disliked]

    def affinities(self, ranks: Sequence[int]) -> list[float]:
        """Return the affinity to each of these ranks, from -1 to 1, in their order."""
        liked = _joint_similarities([row for _, row in self._liked], ranks)
        disliked = _joint_similarities([row for _, row in self._disliked], ranks)
        return [more - less for more, less in zip(liked, disliked, strict=True)]

    def ordered(self, tier: Iterable[int]) -> list[int]:
        """Return the ranks of a tier by falling affinity; equal ones keep their order."""
        ranks = list(tier)
        affinities = dict(zip(ranks, self.affinities(ranks), strict=True))
        rounded = {rank: value if abs(value) >= MIN_AFFINITY else 0.0 for rank, value in affinities.items()}
        return sorted(ranks, key=lambda rank: -rounded[rank])

    def reason(self, rank: int, arxiv_id: str) -> Reason | None:
        """Name the most similar liked paper; None if it is not similar enough or disliked papers weigh as much."""
        others = [(row[rank], marked) for marked, row in self._liked if marked.arxiv_id != arxiv_id]
        if not others:
            return None
        similarity, nearest = max(others, key=lambda other: other[0])
        if similarity < MIN_REASON_AFFINITY or self.affinities([rank])[0] <= 0:
            return None
        return Reason("like", nearest.title)


def _joint_similarities(rows: Sequence[Sequence[float]], ranks: Sequence[int]) -> list[float]:
    """Return the similarity of each rank to all marked papers together, from 0 to 1."""
    if not rows:
        return [0.0] * len(ranks)
    root = sqrt(len(rows))
    return [
        _joint_similarity(column, root) for column in zip(*(map(row.__getitem__, ranks) for row in rows), strict=True)
    ]


def _joint_similarity(column: Sequence[float], root: float) -> float:
    best = max(column)
    return best if best >= SINGLE_MARK_STRENGTH else hypot(*column) / root
