"""Proposes how a word may have been meant: one letter more, less, or another one, or two that changed places.

P. Norvig, How to write a spelling corrector (2007): most mistakes are one of these four.
"""

from collections.abc import Mapping
from string import ascii_lowercase

# Shorter words are one letter away from too many others.
MIN_LENGTH, MAX_LENGTH = 4, 24
# A word that stands so seldom in all papers may be a mistake of theirs, if one near it is so many times as frequent.
RARE, TIMES_MORE = 3, 50


def list_near_words(word: str) -> list[str]:
    """Return all words that are one mistake away from *word*; none where it is too short, or not of letters."""
    if not MIN_LENGTH <= len(word) <= MAX_LENGTH or not (word.isascii() and word.isalpha()):
        return []
    parts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    near = {before + after[1:] for before, after in parts if after}
    near |= {before + after[1] + after[0] + after[2:] for before, after in parts if len(after) > 1}
    near |= {before + letter + after[1:] for before, after in parts if after for letter in ascii_lowercase}
    near |= {before + letter + after for before, after in parts for letter in ascii_lowercase}
    return sorted(near - {word})


def choose_spelling(word: str, counts: Mapping[str, int]) -> str:
    """Return the word that was probably meant: *word*, or one near it. *counts* tells how often each is written."""
    own = counts.get(word, 0)
    if own > RARE:
        return word
    best = max(list_near_words(word), key=lambda near: (counts.get(near, 0), near[0] == word[0]), default=word)
    return best if counts.get(best, 0) > max(RARE, own * TIMES_MORE) else word
