"""Which of an abstract's words its authors would use to tell it in one sentence.

A logistic regression over where a word stands, how often, how rare it is, and for the common words which one it is. A
word is known by its first letters (`KEY`), so that "learned" and "learning" count as one.
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

# Letters.
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
    """`weights` in the order of FEATURES; `vocabulary`: key → papers that have the word, and its weight."""

    papers: int
    weights: tuple[float, ...]
    vocabulary: Mapping[str, tuple[int, float]]

    @cached_property
    def rarities(self) -> Mapping[str, float]:
        return {key: self._rarity(papers) for key, (papers, _) in self.vocabulary.items()}

    @cached_property
    def rarest(self) -> float:
        """Shared by all words outside of the vocabulary."""
        return self._rarity(0)

    def rarity(self, key: str) -> float:
        """0 for a word of every paper; natural logarithm."""
        return self.rarities.get(key, self.rarest)

    def _rarity(self, papers: int) -> float:
        return math.log((self.papers + 1) / (papers + 1))


def word_keys(text: str) -> list[str]:
    """The words of *text*, formulas left out, each by its first letters."""
    return [word[:KEY_LENGTH] for word in _WORD.findall(_plain(text))]


def word_places(text: str) -> list[tuple[str, int]]:
    """Return the words of *text*, each with the place where it begins."""
    return [(match.group()[:KEY_LENGTH], match.start()) for match in _WORD.finditer(_plain(text))]


def _plain(text: str) -> str:
    if "$" in text or "\\" in text:
        text = MATH.sub(lambda formula: " " * len(formula.group()), text)
    return text.lower()


def score_words(
    model: WordModel, title: Sequence[str], said: Sequence[Sequence[str]], first_cue: int
) -> dict[str, float]:
    """Return how likely the TL;DR uses each word: key → 0 to 1. *first_cue* is a place or -1."""
    known, weights, unknown = model.vocabulary, model.weights, (0, 0.0)
    return {
        key: logistic(known.get(key, unknown)[1] + sum(map(mul, weights, values)))
        for key, values in word_features(model, title, said, first_cue)
    }


def logistic(score: float) -> float:
    return 1 / (1 + math.exp(-score)) if -30 < score < 30 else float(score > 0)


def word_features(
    model: WordModel, title: Sequence[str], said: Sequence[Sequence[str]], first_cue: int
) -> list[tuple[str, tuple[float, ...]]]:
    """Return each word of *said* (sentences of keys) once, with its values in the order of WORD_FEATURES."""
    often = Counter(chain.from_iterable(said))
    within = Counter(chain.from_iterable(map(set, said)))
    named, start = frozenset(title), frozenset(said[0] if said else ())
    cue = frozenset(said[first_cue] if first_cue >= 0 else ())
    length, rarities, rarest = math.log((often.total() + 1) / 150), model.rarities, model.rarest
    found: list[tuple[str, tuple[float, ...]]] = []
    for key, times in often.items():
        rare, many = rarities.get(key, rarest), math.log(times) if times > 1 else 0.0
        in_title, in_cue = key in named, key in cue
        values = (
            1.0,
            in_title,
            in_title and in_cue,
            in_title and within[key] > 1,
            rare if in_title else 0.0,
            many,
            many * rare,
            key in start,
            in_cue,
            rare,
            key.isdigit(),
            length,
        )
        found.append((key, values))
    return found
