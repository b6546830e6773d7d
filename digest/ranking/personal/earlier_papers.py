"""What the papers of earlier days say of a filter: the mean of those that it matches, as a vector.

A paper that holds none of a reader's words may be near the papers that do: whoever looks for "conformal prediction"
also means prediction sets with coverage guarantees.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from digest.ranking.text.paper_vector import PaperVector

# Of the papers that a filter matches, so many of the newest count.
MAX_PAPERS = 50

# The heaviest terms of a mean say its subject.
MAX_TERMS = 600

# The heaviest term has this weight.
_MAX_WEIGHT = 255


@dataclass(frozen=True)
class EarlierPapers:
    """What is known from before the day that is scored."""

    # By filter, as readers write it: the mean of the papers that it matched.
    interests: Mapping[str, PaperVector] = field(default_factory=dict)


def average_vectors(vectors: Sequence[PaperVector]) -> PaperVector:
    """Return the mean of vectors, each scaled to length 1, by its heaviest terms; without vectors one without terms."""
    vectors = [vector for vector in vectors if len(vector.terms)]
    if not vectors:
        return PaperVector(np.zeros(0, np.uint32), np.zeros(0, np.uint8))
    terms, places = np.unique(np.concatenate([vector.terms for vector in vectors]), return_inverse=True)
    # In whole numbers, so that sums come out alike everywhere: a vector's weights in parts of 65536 of its length.
    scaled = [np.rint(vector.weights * (65536 / vector.length)) for vector in vectors]
    sums = np.bincount(places, np.concatenate(scaled), len(terms))
    heaviest = np.sort(np.lexsort((terms, -sums))[:MAX_TERMS])
    weights = np.rint(sums[heaviest] * (_MAX_WEIGHT / sums.max())).astype(np.uint8)
    held = weights > 0
    return PaperVector(terms[heaviest][held].astype(np.uint32), weights[held])
