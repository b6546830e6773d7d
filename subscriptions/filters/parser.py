"""Builds a filter from the pieces of its text: OR binds weakest, then side by side (AND), then minus (NOT)."""

import re
from collections.abc import Sequence
from itertools import pairwise

from subscriptions.filters.lexer import FIELDS, Piece, split_pieces
from subscriptions.filters.person_names import split_name
from subscriptions.filters.syntax import And, CategoryTerm, Field, Filter, FilterError, Not, Or, Term
from subscriptions.filters.words import words
from subscriptions.taxonomy import categories

MAX_FILTER_LENGTH = 300
MAX_TERMS = 40
MAX_NESTING = 10
# Letters that must stand before a `*`; shorter ones would match nearly everything.
MIN_PREFIX_LENGTH = 3

_LINE_BREAK = re.compile("[\r\n]")


def build_filter(text: str) -> Filter:
    """Return the filter that *text* describes, flattened and without repetitions. Raises FilterError only."""
    if line_break := _LINE_BREAK.search(text):
        raise FilterError("line_break", line_break.start(), 1)
    if len(text) > MAX_FILTER_LENGTH:
        raise FilterError("too_long", MAX_FILTER_LENGTH, len(text) - MAX_FILTER_LENGTH, limit=MAX_FILTER_LENGTH)
    return _Parser(tuple(split_pieces(text)), len(text)).parse_all()


def list_author_names(text: str) -> dict[tuple[str, ...], str]:
    """Return the names that a filter looks for among authors, as they are typed, by the words of their terms."""
    pieces = tuple(split_pieces(text))
    return {
        tuple(_split_term("author", value.text)): " ".join(value.text.replace("_", " ").split())
        for field, value in pairwise(pieces)
        if field.kind == "field" and FIELDS[field.text] == "author" and value.kind in ("word", "phrase")
    }


class _Parser:
    """A recursive descent parser. *length* is that of the text; `index` is that of the next piece."""

    def __init__(self, pieces: Sequence[Piece], length: int) -> None:
        self.pieces = pieces
        self.length = length
        self.index = 0
        self.term_count = 0

    def parse_all(self) -> Filter:
        """Return the filter of all pieces. Raises FilterError."""
        result = self._parse_or("any", 0)
        if self._next_piece is not None:  # only a bracket ends a filter before its text ends
            raise self._error("close_bracket", self._next_piece)
        if result is None:
            raise FilterError("empty", 0, self.length)
        return result

    @property
    def _next_piece(self) -> Piece | None:
        return self.pieces[self.index] if self.index < len(self.pieces) else None

    def _take(self, *kinds: str) -> Piece | None:
        """Return the next piece and go beyond it if it is one of *kinds*."""
        piece = self._next_piece
        if piece is None or piece.kind not in kinds:
            return None
        self.index += 1
        return piece

    def _error(self, code: str, piece: Piece, **detail: object) -> FilterError:
        return FilterError(code, piece.position, piece.length, **detail)

    def _parse_or(self, field: str, depth: int) -> Filter | None:
        """Parse an OR. Return None when there is nothing at all; an OR with an empty side is an error."""
        sides = [self._parse_and(field, depth)]
        last: Piece | None = None
        while sign := self._take("or"):
            if sides[-1] is None:
                raise self._error("missing_side", sign, word="OR")
            sides.append(self._parse_and(field, depth))
            last = sign
        if last and sides[-1] is None:
            raise self._error("missing_side", last, word="OR")
        return _join(Or, [side for side in sides if side is not None])

    def _parse_and(self, field: str, depth: int) -> Filter | None:
        parts: list[Filter] = []
        sign: Piece | None = None
        while piece := self._next_piece:
            if piece.kind in ("or", "close"):
                break
            if piece.kind == "and":
                if sign or not parts:
                    raise self._error("missing_side", piece, word="AND")
                sign = self._take("and")
            elif piece.kind == "word" and not words(piece.text):
                self.index += 1  # a lone & or comma
            else:
                parts.append(self._parse_part(field, depth, piece))
                sign = None
        if sign:
            raise self._error("missing_side", sign, word="AND")
        return _join(And, parts)

    def _parse_part(self, field: str, depth: int, piece: Piece) -> Filter:
        """Parse what begins with *piece*: a minus, a field, a bracket or a term."""
        self.index += 1
        match piece.kind:
            case "not":
                part = self._parse_operand(field, depth, piece, "missing_exclusion")
                return part.part if isinstance(part, Not) else Not(part)
            case "field":
                return self._parse_operand(FIELDS[piece.text], depth, piece, "missing_value")
            case "open":
                return self._parse_group(field, depth + 1, piece)
            case _:
                return self._parse_term(field, piece)

    def _parse_operand(self, field: str, depth: int, sign: Piece, code: str) -> Filter:
        """Parse what a minus or a field applies to."""
        piece = self._next_piece
        if piece is None or piece.kind in ("or", "and", "close") or (piece.kind == "word" and not words(piece.text)):
            raise self._error(code, sign, field=sign.text)
        return self._parse_part(field, depth, piece)

    def _parse_group(self, field: str, depth: int, bracket: Piece) -> Filter:
        if depth > MAX_NESTING:
            raise self._error("too_deep", bracket, limit=MAX_NESTING)
        inside = self._parse_or(field, depth)
        closing = self._take("close")
        if closing is None:
            raise self._error("open_bracket", bracket)
        if inside is None:
            length = closing.position + closing.length - bracket.position
            raise FilterError("empty_brackets", bracket.position, length)
        return inside

    def _parse_term(self, field: str, piece: Piece) -> Filter:
        self.term_count += 1
        if self.term_count > MAX_TERMS:
            raise self._error("too_many_terms", piece, limit=MAX_TERMS)
        if field == "category":
            return self._parse_category(piece)
        term_words = tuple(_split_term(field, piece.text))
        if not term_words:
            raise self._error("empty_phrase", piece)
        if field == "any" and piece.kind == "word" and "." in piece.text and (code := categories.canonical(piece.text)):
            return CategoryTerm(code)  # nobody who writes cs.LG means the two words
        return Term(_FIELD_NAMES[field], term_words)

    def _parse_category(self, piece: Piece) -> CategoryTerm:
        code = piece.text.strip(" ,;").removesuffix("*").removesuffix(".")
        if categories.is_archive(code):
            return CategoryTerm(code.strip().lower())
        if known := categories.canonical(code):
            return CategoryTerm(known)
        if near := categories.suggest(code):
            raise self._error("unknown_category_near", piece, category=code, suggestion=", ".join(near))
        raise self._error("unknown_category", piece, category=code)


_FIELD_NAMES: dict[str, Field] = {
    "any": "any",
    "title": "title",
    "abstract": "abstract",
    "author": "author",
    "comment": "comment",
    "journal": "journal",
}


def _split_term(field: str, text: str) -> list[str]:
    """Return the words of a term. `Hinton, Geoffrey` and `geoffrey_hinton` are a name like `Geoffrey Hinton`."""
    if field == "author":
        last, comma, first = text.replace("_", " ").partition(",")
        return split_name(f"{first} {last}" if comma else last)
    term_words = words(text)
    if text.endswith("*") and term_words and len(term_words[-1]) >= MIN_PREFIX_LENGTH and term_words[-1].isalnum():
        term_words[-1] += "*"
    return term_words


def _join(kind: type[And] | type[Or], parts: Sequence[Filter]) -> Filter | None:
    """Return the parts as one: nested ones of the same kind unpacked, repeated ones once, a single one bare."""
    flat: dict[Filter, None] = {}
    for part in parts:
        flat.update(dict.fromkeys(part.parts if isinstance(part, kind) else (part,)))
    if len(flat) > 1:
        return kind(tuple(flat))
    return next(iter(flat), None)
