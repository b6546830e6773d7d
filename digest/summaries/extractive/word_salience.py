"""Scores the words of an abstract: which of them would its authors use to tell it in one sentence?

A logistic regression over where a word stands, how often, how rare it is, and for the common words which one it is. A
word is known by its key, its first letters, so that "learned" and "learning" count as one.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from operator import mul

from digest.summaries.extractive.sentences import MATH

# In letters.
KEY_LENGTH = 6

WORD_FEATURES = (
    "one",
    "in title",
    "in title and contribution",
    "in title and twice",
    "in title, rare",
    "often",
    "often, rare",
    "in first sentence",
    "in contribution",
    "rare",
    "figure",
    "abstract length",
)
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class WordModel:
    # How many papers it was trained on.
    papers: int
    # In the order of WORD_FEATURES.
    weights: tuple[float, ...]
    # By key: how many papers have the word, and its own weight.
    vocabulary: Mapping[str, tuple[int, float]]

    @cached_property
    def rarities(self) -> Mapping[str, float]:
        return {key: self._rarity(papers) for key, (papers, _) in self.vocabulary.items()}

    @cached_property
    def rarest(self) -> float:
        """Return the rarity of all words outside of the vocabulary."""
        return self._rarity(0)

    def rarity(self, key: str) -> float:
        """Return the natural logarithm of how rare a word is: 0 for a word of every paper."""
        return self.rarities.get(key, self.rarest)

    def _rarity(self, papers: int) -> float:
        return math.log((self.papers + 1) / (papers + 1))


def word_keys(text: str) -> list[str]:
    """Return the keys of the words of *text*, formulas left out."""
    return [word[:KEY_LENGTH] for word in _WORD.findall(_blank_formulas(text))]


def locate_word_keys(text: str) -> list[tuple[str, int]]:
    """Return the keys of `word_keys`, each with the place where its word begins."""
    return [(match.group()[:KEY_LENGTH], match.start()) for match in _WORD.finditer(_blank_formulas(text))]


def _blank_formulas(text: str) -> str:
    """Return *text* in lower case, with spaces for its formulas, so that places stay."""
    if "$" in text or "\\" in text:
        text = MATH.sub(lambda formula: " " * len(formula.group()), text)
    return text.lower()


def score_words(
    model: WordModel, title: Sequence[str], sentences: Sequence[Sequence[str]], first_contribution: int
) -> dict[str, float]:
    """Return how likely the TL;DR uses each word: key → 0 to 1.

    *title* and *sentences* are keys; *first_contribution* is the place of a sentence, or -1 without one.
    """
    known, weights, unknown = model.vocabulary, model.weights, (0, 0.0)
    return {
        key: logistic(known.get(key, unknown)[1] + sum(map(mul, weights, values)))
        for key, values in word_features(model, title, sentences, first_contribution)
    }


def logistic(score: float) -> float:
    return 1 / (1 + math.exp(-score)) if -30 < score < 30 else float(score > 0)


def word_features(
    model: WordModel, title: Sequence[str], sentences: Sequence[Sequence[str]], first_contribution: int
) -> list[tuple[str, tuple[float, ...]]]:
    """Return each word of *sentences* once, with its values in the order of WORD_FEATURES."""
    often = Counter(chain.from_iterable(sentences))
    within = Counter(chain.from_iterable(map(set, sentences)))
    title_keys, first = frozenset(title), frozenset(sentences[0] if sentences else ())
    contribution = frozenset(sentences[first_contribution] if first_contribution >= 0 else ())
    length, rarities, rarest = math.log((often.total() + 1) / 150), model.rarities, model.rarest
    found: list[tuple[str, tuple[float, ...]]] = []
    for key, times in often.items():
        rare, many = rarities.get(key, rarest), math.log(times) if times > 1 else 0.0
        in_title, in_contribution = key in title_keys, key in contribution
        values = (
            1.0,
            in_title,
            in_title and in_contribution,
            in_title and within[key] > 1,
            rare if in_title else 0.0,
            many,
            many * rare,
            key in first,
            in_contribution,
            rare,
            key.isdigit(),
            length,
        )
        found.append((key, values))
    return found
