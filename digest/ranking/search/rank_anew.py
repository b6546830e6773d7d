"""Ranks the first hits of a search anew, by what the best have in common (pseudo-relevance feedback, Rocchio 1971)."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from digest.ranking.search.ranking import Hits
from digest.ranking.search.vector_table import VectorTable
from digest.ranking.text.paper_vector import PaperVector
from digest.ranking.text.term_rarity import number_pair, number_word
from subscriptions.filters.language import tokens

# So many hits are ranked anew, by the best of them.
RANKED_ANEW, BEST = 300, 50
# How much a hit's nearness to the best ones counts beside its score, both as standard deviations.
NEARNESS_WEIGHT = 1.0


def rank_anew(hits: Hits, vectors: Sequence[PaperVector], text: str) -> Hits:
    """Return the hits in a new order; those that match stay before the others. *vectors* are of the first RANKED_ANEW.

    The words of the query, *text*, do not count once more. With no more hits than BEST, nothing changes.
    """
    count = len(vectors)
    if count <= BEST:
        return hits
    common = VectorTable.of(vectors[:BEST]).total()
    words = tokens(text)
    common[[number_word(word) for word in words]] = 0
    common[[number_pair(one, other) for one, other in pairwise(words)]] = 0
    nearness = VectorTable.of(vectors).similarities(common)
    deviation = float(nearness.std()) or 1.0
    scores = hits.scores.copy()
    gain = NEARNESS_WEIGHT * (float(scores[:count].std()) or 1.0)
    scores[:count] += gain * (nearness - nearness.mean()) / deviation
    first = np.lexsort((-hits.papers[:count], -scores[:count], np.arange(count) >= hits.matching))
    order = np.concatenate((first, np.arange(count, len(scores))))
    return Hits(hits.papers[order], scores[order], hits.matching)
