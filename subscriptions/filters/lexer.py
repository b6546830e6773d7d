"""Cuts the text of a filter into its pieces, each with its place."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from subscriptions.filters.syntax import FilterError

PieceKind = Literal["word", "phrase", "field", "not", "and", "or", "open", "close"]

# What may stand before a colon; the names of arXiv's own search are among them.
FIELDS: Mapping[str, str] = {
    **dict.fromkeys(("author", "authors", "au", "by"), "author"),
    **dict.fromkeys(("title", "ti"), "title"),
    **dict.fromkeys(("abs", "abstract"), "abstract"),
    **dict.fromkeys(("cat", "category"), "category"),
    "all": "any",
}

_OPERATORS: Mapping[str, tuple[PieceKind, ...]] = {
    "OR": ("or",),
    "AND": ("and",),
    "NOT": ("not",),
    "ANDNOT": ("and", "not"),
}
# Signs that a phone or a Chinese keyboard puts in place of ours, one for one, so that places stay true.
_ASCII = str.maketrans("“”„‟«»＂（）：｜＊－−–—‐‑", '"' * 7 + "():|*" + "-" * 6)

_WORD = r"(?:\\.|[^\s()|\"])+"
_PIECE = re.compile(
    rf"""
      (?P<space>\s+)
    | (?P<open>\() | (?P<close>\)) | (?P<or>\|+)
    | (?P<phrase>"(?:\\.|[^"\\])*")
    | (?P<quote>")
    | (?P<not>-+)(?=[^\s|)])
    | (?P<field>[^\W\d_]+):(?![:/])
    | (?P<word>{_WORD})
    """,
    re.VERBOSE,
)
_WORD_ALONE = re.compile(_WORD)
_SIGNS: Mapping[str, PieceKind] = {"open": "open", "close": "close", "or": "or", "not": "not"}


@dataclass(frozen=True, slots=True)
class Piece:
    kind: PieceKind
    text: str
    position: int
    length: int


def pieces(text: str) -> Iterator[Piece]:
    """The pieces of *text* in order. Raises FilterError for a lone quotation mark and for an unknown field."""
    text = text.translate(_ASCII)
    place = 0
    while found := _PIECE.match(text, place):
        if found.lastgroup == "field" and not _is_field(found, text):
            found = _WORD_ALONE.match(text, place) or found
            yield Piece("word", found[0], place, len(found[0]))
        else:
            yield from _named(found)
        place = found.end()


def _named(found: re.Match[str]) -> Iterator[Piece]:
    name, whole, start = found.lastgroup or "", found[0], found.start()
    match name:
        case "space":
            return
        case "quote":
            raise FilterError("open_quote", start, 1)
        case "phrase":
            yield Piece("phrase", whole[1:-1], start, len(whole))
        case "field":
            yield Piece("field", found["field"].lower(), start, len(whole))
        case "word":
            for operator in _OPERATORS.get(whole, ("word",)):
                yield Piece(operator, whole, start, len(whole))
        case _:
            yield Piece(_SIGNS[name], whole, start, len(whole))


def _is_field(found: re.Match[str], text: str) -> bool:
    """Return whether a word before a colon is meant as a field. `GAN: a survey` and `http://` are words."""
    name, rest = found["field"], text[found.end() :]
    if name.lower() in FIELDS:
        return True
    if not rest or not (rest[0].isalnum() or rest[0] in '"('):
        return False
    if near := get_close_matches(name.lower()[:20], FIELDS, 1, 0.7):
        raise FilterError("unknown_field_near", found.start(), len(name) + 1, field=name, suggestion=near[0])
    if name.isascii() and name.islower():
        raise FilterError("unknown_field", found.start(), len(name) + 1, field=name)
    return False
