"""Computes ROUGE-1 F (Lin 2004): the share of words that two texts have in common.

A word counts by its stem of a few rules, near enough to the Porter stems of the usual scorer that the two agree to a
few tenths of a point over a corpus.
"""

import re
from collections import Counter
from collections.abc import Iterable

_WORD = re.compile(r"[a-z0-9]+")
_ENDING = re.compile(r"(?:ational|ations?|ities|ments?|ness|ings?|ions?|ives?|ably|ly|ies|ed|es|e|s|y)$")
_MIN_STEM_LENGTH = 4


def stem_words(text: str) -> list[str]:
    """Return the stems of the words of *text*."""
    return [_stem(word) for word in _WORD.findall(text.lower())]


def _stem(word: str) -> str:
    match = _ENDING.search(word, _MIN_STEM_LENGTH - 1) if len(word) >= _MIN_STEM_LENGTH else None
    return word[: match.start()] if match else word


def rouge_1(text: Iterable[str], target: Iterable[str]) -> float:
    """Return the score of two texts, given as stems: 0 to 1."""
    counts, target_counts = Counter(text), Counter(target)
    total = counts.total() + target_counts.total()
    return 2 * (counts & target_counts).total() / total if total else 0.0
