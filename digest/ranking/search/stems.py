"""Cuts English words to their stems, so that `guarantees` finds `guaranteed`: M. F. Porter, An algorithm for suffix
stripping, Program 14 (1980). A stem need not be a word."""

import re
from functools import lru_cache

_MIN_LENGTH = 4
_STEP_2 = dict(
    each.split()
    for each in (
        *("ational ate", "tional tion", "enci ence", "anci ance", "izer ize", "abli able", "alli al", "entli ent"),
        *("eli e", "ousli ous", "ization ize", "ation ate", "ator ate", "alism al", "iveness ive", "fulness ful"),
        *("ousness ous", "aliti al", "iviti ive", "biliti ble"),
    )
)
_STEP_3 = {"icate": "ic", "ative": "", "alize": "al", "iciti": "ic", "ical": "ic", "ful": "", "ness": ""}
_STEP_4 = (
    *("ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize"),
    *("al", "er", "ic", "ou"),
)
_VOWEL = re.compile("[aeiou]|(?<=[^aeiou])y")
_CONSONANTS_AFTER_VOWELS = re.compile("[aeiouy]+[^aeiouy]+")
_SHORT_END = re.compile("[^aeiou][aeiouy][^aeiouwxy]$")


@lru_cache(maxsize=1 << 17)
def stem(word: str) -> str:
    """Return the stem of a word in small letters. Words with other signs than a to z, and short ones, stay."""
    if len(word) < _MIN_LENGTH or not (word.isascii() and word.isalpha()):
        return word
    word = _strip_plural(word)
    word = _strip_past(word)
    if word.endswith("y") and _VOWEL.search(word[:-1]):
        word = word[:-1] + "i"
    for endings in (_STEP_2, _STEP_3):
        for ending in sorted(endings, key=len, reverse=True):
            if word.endswith(ending):
                if _measure(word[: -len(ending)]) > 0:
                    word = word[: -len(ending)] + endings[ending]
                break
    return _tidy_end(_strip_last_suffix(word))


def _measure(part: str) -> int:
    """Return how many times consonants follow vowels: about how many syllables are closed."""
    return len(_CONSONANTS_AFTER_VOWELS.findall(part))


def _strip_plural(word: str) -> str:
    if word.endswith(("sses", "ies")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _strip_past(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for ending in ("ed", "ing"):
        if not word.endswith(ending):
            continue
        rest = word[: -len(ending)]
        if not _VOWEL.search(rest):
            return word
        if rest.endswith(("at", "bl", "iz")):
            return rest + "e"
        if rest[-1] == rest[-2:-1] and rest[-1] not in "aeioulsz":
            return rest[:-1]
        return rest + "e" if _measure(rest) == 1 and _SHORT_END.search(rest) else rest
    return word


def _strip_last_suffix(word: str) -> str:
    if word.endswith(("sion", "tion")):
        return word[:-3] if _measure(word[:-3]) > 1 else word
    for ending in _STEP_4:
        if word.endswith(ending):
            return word[: -len(ending)] if _measure(word[: -len(ending)]) > 1 else word
    return word


def _tidy_end(word: str) -> str:
    if word.endswith("e"):
        rest = word[:-1]
        if _measure(rest) > 1 or (_measure(rest) == 1 and not _SHORT_END.search(rest)):
            word = rest
    return word[:-1] if word.endswith("ll") and _measure(word) > 1 else word
