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
    **dict.fromkeys(("comment", "comments", "co"), "comment"),
    **dict.fromkeys(("journal", "jr"), "journal"),
    "all": "any",
}

_OPERATORS: Mapping[str, tuple[PieceKind, ...]] = {
    "OR": ("or",),
    "AND": ("and",),
    "NOT": ("not",),
    "ANDNOT": ("and", "not"),
}
# Signs that a phone or a Chinese keyboard puts in place of ASCII ones, one for one, so that positions stay the same.
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
    """A piece of the text: *length* characters from *position*. *text* is without the quotation marks or the colon."""

    kind: PieceKind
    text: str
    position: int
    length: int


def split_pieces(text: str) -> Iterator[Piece]:
    """Yield the pieces of *text* in order. Raises FilterError for a lone quotation mark and for an unknown field."""
    text = text.translate(_ASCII)
    position = 0
    while matched := _PIECE.match(text, position):
        if matched.lastgroup == "field" and not _is_field(matched, text):
            matched = _WORD_ALONE.match(text, position) or matched
            yield Piece("word", matched[0], position, len(matched[0]))
        else:
            yield from _make_pieces(matched)
        position = matched.end()


def _make_pieces(matched: re.Match[str]) -> Iterator[Piece]:
    """Yield the pieces of one match: none for space, two for ANDNOT, else one."""
    name, whole, start = matched.lastgroup or "", matched[0], matched.start()
    match name:
        case "space":
            return
        case "quote":
            raise FilterError("open_quote", start, 1)
        case "phrase":
            yield Piece("phrase", whole[1:-1], start, len(whole))
        case "field":
            yield Piece("field", matched["field"].lower(), start, len(whole))
        case "word":
            for operator in _OPERATORS.get(whole, ("word",)):
                yield Piece(operator, whole, start, len(whole))
        case _:
            yield Piece(_SIGNS[name], whole, start, len(whole))


def _is_field(matched: re.Match[str], text: str) -> bool:
    """Return whether a word before a colon is meant as a field. `GAN: a survey` and `http://` are words."""
    name, rest = matched["field"], text[matched.end() :]
    if name.lower() in FIELDS:
        return True
    if not rest or not (rest[0].isalnum() or rest[0] in '"('):
        return False
    if near := get_close_matches(name.lower()[:20], FIELDS, 1, 0.7):
        raise FilterError("unknown_field_near", matched.start(), len(name) + 1, field=name, suggestion=near[0])
    if name.isascii() and name.islower():
        raise FilterError("unknown_field", matched.start(), len(name) + 1, field=name)
    return False
