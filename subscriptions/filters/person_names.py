"""Takes people's names apart, in filters and in papers alike, and says whether two may be one person's.

A part is in small letters without accents, apostrophes or TeX. What hyphens join is one part: `Wei-Li` is no `Wei`.
"""

import re
from collections.abc import Sequence

from subscriptions.filters.words import words

_SUFFIXES = frozenset(("jr", "sr", "ii", "iii", "iv"))
# Zel'dovich, O’Brien: the apostrophe, and the letters that transliterations use for it.
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])['’‘ʹʼʻ′`´](?=[^\W\d_])")
_HYPHEN = re.compile(r"(?<=[^\s\\])[-‐‑](?=[^\s-])")
# A word that no name holds: hyphens are signs between words otherwise, and would be lost.
_HYPHEN_WORD = "hyphenbetweennames"


def split_name(name: str) -> list[str]:
    """Return the parts of a person's name in their order, hyphens kept: `J.-P. O'Brien Jr.` is j-p, obrien, jr."""
    name = _APOSTROPHE.sub("", name)
    if not (hyphenated := _HYPHEN.sub(f" {_HYPHEN_WORD} ", name)) or hyphenated == name:
        return words(name)
    parts: list[str] = []
    is_joined = False
    for word in words(hyphenated):
        if word == _HYPHEN_WORD:
            is_joined = bool(parts)
        elif is_joined:
            parts[-1] += f"-{word}"
            is_joined = False
        else:
            parts.append(word)
    return parts


def without_suffix(parts: Sequence[str]) -> tuple[str, ...]:
    """Return the parts of a name without a last `Jr` or `III`, which papers write or leave out."""
    return tuple(parts[:-1]) if len(parts) > 2 and parts[-1] in _SUFFIXES else tuple(parts)


def may_be_same_person(one: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether two names of one surname agree, by initials at least once: G. E. Hinton may be Geoffrey Hinton.

    The first given names must agree, and the further ones of the name that has fewer. Both have their suffix removed.
    """
    if len(one) < 2 or len(other) < 2 or one[-1] != other[-1]:
        return False
    shorter, longer = sorted((_given_names(one), _given_names(other)), key=len)
    if not _agree(shorter[0], longer[0]):
        return False
    further = iter(longer[1:])
    agreeing = [(shorter[0], longer[0])]
    for name in shorter[1:]:
        candidate = next((candidate for candidate in further if _agree(name, candidate)), None)
        if candidate is None:
            return False
        agreeing.append((name, candidate))
    return any(len(name) != len(candidate) for name, candidate in agreeing)


def count_agreeing_initials(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many given names two names share, in full or by their initials: at most those of the shorter one."""
    return min(len(_given_names(one)), len(_given_names(other)))


def _given_names(parts: Sequence[str]) -> list[str]:
    return [name for part in parts[:-1] for name in part.split("-")]


def _agree(one: str, other: str) -> bool:
    return one == other or (len(one) == 1 and other.startswith(one)) or (len(other) == 1 and one.startswith(other))
