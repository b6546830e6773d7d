"""Scores a paper's words and categories by how often papers with them got attention: a linear model.

A feature is a word of the title or abstract, a word of the title, a category, or the primary category; each counts
once. The score is the sum of their weights over the square root of their number. Names are no features.
"""

import json
from collections.abc import Mapping, Set
from math import sqrt

from digest.ranking.trending.described_paper import DescribedPaper
from subscriptions.filters.language import tokens

# By feature, in thousandths; the others weigh nothing.
WordWeights = Mapping[str, int]


def extract_features(paper: DescribedPaper) -> Set[str]:
    """Return the features of a paper, as they stand in the file of weights."""
    title = tokens(paper.title)
    features = {*title, *tokens(paper.abstract)}
    features.update(f"title {word}" for word in title)
    features.update(f"category {code}" for code in paper.categories)
    features.update(f"primary {code}" for code in paper.categories[:1])
    return features


def score_text(features: Set[str], weights: WordWeights) -> int:
    """Return the score of a paper's features, in thousandths. A sum of integers is the same in every order."""
    return round(sum(weights.get(each, 0) for each in features) / sqrt(len(features) or 1))


def parse_word_weights(text: str) -> WordWeights:
    """Read what `format_word_weights` wrote. Raises ValueError for anything else."""
    return {str(name): int(weight) for name, weight in json.loads(text).items()}


def format_word_weights(weights: WordWeights) -> str:
    """Write one weight a line, so that two versions can be compared; ends with a line break."""
    return json.dumps(dict(sorted(weights.items())), indent=0, ensure_ascii=False) + "\n"
