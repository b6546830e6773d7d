"""Estimates how likely a paper is to be noticed, from its text and categories alone: from 0 to 1.

A logistic regression, trained on what stood on a public daily list of papers (Hugging Face). Such a list knows a few
subjects well and most hardly at all, so this orders papers within a subject and weighs little against real signals;
category_quota.py keeps places for a reader's quiet categories. Names and affiliations do not count.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, sqrt
from pathlib import Path
from typing import Any, Protocol

from subscriptions.filters.language import tokens

WEIGHTS_FILE = Path(__file__).with_name("likelihood.json")
MAX_AUTHORS_COUNTED = 12
WORDS_PER_LENGTH_FEATURE = 30


class PaperDescription(Protocol):
    """The fields of a paper that the model reads; a PaperRecord has them all."""

    @property
    def title(self) -> str: ...
    @property
    def abstract(self) -> str: ...
    @property
    def authors(self) -> tuple[str, ...]: ...
    @property
    def categories(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Likelihood:
    """The weights of the model, and how they were trained."""

    bias: float
    # By feature; the others weigh nothing.
    weights: Mapping[str, float]
    # How, and on what.
    made: Mapping[str, Any]

    def of(self, paper: PaperDescription) -> float:
        """Return the probability that the paper is noticed, from 0 to 1."""
        features = extract_features(paper)
        return probability(self.bias + sum(self.weights.get(each, 0.0) for each in features) / sqrt(len(features)))


def extract_features(paper: PaperDescription) -> Sequence[str]:
    """Return the features of a paper, each once, in one order, so that sums come out alike everywhere."""
    return sorted(set(_iterate_features(paper)))


def _iterate_features(paper: PaperDescription) -> Iterator[str]:
    abstract = tokens(paper.abstract)
    yield from (f"title {word}" for word in tokens(paper.title))
    yield from (f"abstract {word}" for word in abstract)
    yield from (f"category {code}" for code in paper.categories)
    yield from (f"primary {code}" for code in paper.categories[:1])
    yield f"authors {min(MAX_AUTHORS_COUNTED, len(paper.authors))}"
    yield f"length {len(abstract) // WORDS_PER_LENGTH_FEATURE}"
    if ":" in paper.title:
        yield "colon"
    if "http" in paper.abstract or "github" in paper.abstract.lower():
        yield "link"


def probability(odds: float) -> float:
    """Return the probability of log odds; the bounds keep exp from overflowing."""
    return 1 / (1 + exp(-max(-30.0, min(30.0, odds))))


@cache
def load_shipped() -> Likelihood:
    """Return the model that comes with the package. It is read from its file once."""
    return parse_weights(WEIGHTS_FILE.read_text("utf-8"))


def parse_weights(text: str) -> Likelihood:
    """Read what `format_weights` wrote. Raises ValueError or KeyError for anything else."""
    document = json.loads(text)
    weights = {str(name): float(value) for name, value in document["weights"].items()}
    return Likelihood(float(document["bias"]), weights, document["made"])


def format_weights(likelihood: Likelihood) -> str:
    """Write one value a line, so that two versions can be compared; ends with a line break."""
    weights = dict(sorted(likelihood.weights.items()))
    document = {"made": dict(likelihood.made), "bias": likelihood.bias, "weights": weights}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
