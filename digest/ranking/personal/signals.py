"""What the score knows of a reader: their own words, and the papers that they marked."""

from collections.abc import Sequence
from typing import NamedTuple

from digest.ranking.text.paper_vector import PaperVector


class WeightedPaper(NamedTuple):
    """A paper that a reader marked, and what the mark counts."""

    vector: PaperVector
    arxiv_id: str
    title: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    weight: float = 1.0


class ReaderSignals(NamedTuple):
    """The signals of one reader."""

    categories: tuple[str, ...]
    # In the language of `subscriptions/filters`.
    filters: tuple[str, ...]
    # The newest first, like those disliked.
    liked: Sequence[WeightedPaper] = ()
    disliked: Sequence[WeightedPaper] = ()
    # How much attention counts: 0 not at all, 1 some, 2 much.
    popularity: float = 0.0
    # The families of the score that the reader switched off.
    switched_off: frozenset[str] = frozenset()
