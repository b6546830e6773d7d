"""Builds a filter from the pieces of its text: OR binds weakest, then side by side (AND), then minus (NOT)."""

import re
from collections.abc import Sequence

from subscriptions.filters.lexer import FIELDS, Piece, pieces
from subscriptions.filters.syntax import And, Category, Field, Filter, FilterError, Not, Or, Term
from subscriptions.filters.words import words
from subscriptions.taxonomy import categories

MAX_FILTER_LENGTH = 300
MAX_TERMS = 40
MAX_NESTING = 10
# Letters that must stand before a `*`; shorter ones would match nearly everything.
MIN_PREFIX_LENGTH = 3

_LINE_BREAK = re.compile("[\r\n]")


def parse(text: str) -> Filter:
    """The filter that *text* describes, flattened and without repetitions. Raises FilterError, and nothing else."""
    if found := _LINE_BREAK.search(text):
        raise FilterError("line_break", found.start(), 1)
    if len(text) > MAX_FILTER_LENGTH:
        raise FilterError("too_long", MAX_FILTER_LENGTH, len(text) - MAX_FILTER_LENGTH, limit=MAX_FILTER_LENGTH)
    return _Parser(tuple(pieces(text)), len(text)).whole()


class _Parser:
    def __init__(self, found: Sequence[Piece], length: int) -> None:
        self.pieces = found
        self.length = length
        self.place = 0
        self.terms = 0

    def whole(self) -> Filter:
        result = self._or("any", 0)
        if self._ahead is not None:  # only a bracket ends a filter before its text ends
            raise self._error("close_bracket", self._ahead)
        if result is None:
            raise FilterError("empty", 0, self.length)
        return result

    @property
    def _ahead(self) -> Piece | None:
        return self.pieces[self.place] if self.place < len(self.pieces) else None

    def _take(self, *kinds: str) -> Piece | None:
        """The next piece if it is one of *kinds*; it then counts as read."""
        piece = self._ahead
        if piece is None or piece.kind not in kinds:
            return None
        self.place += 1
        return piece

    def _error(self, code: str, piece: Piece, **detail: object) -> FilterError:
        return FilterError(code, piece.position, piece.length, **detail)

    def _or(self, field: str, depth: int) -> Filter | None:
        """Parse an OR. Return None when there is nothing at all; an OR with an empty side is an error."""
        sides = [self._and(field, depth)]
        last: Piece | None = None
        while sign := self._take("or"):
            if sides[-1] is None:
                raise self._error("missing_side", sign, word="OR")
            sides.append(self._and(field, depth))
            last = sign
        if last and sides[-1] is None:
            raise self._error("missing_side", last, word="OR")
        return _joined(Or, [side for side in sides if side is not None])

    def _and(self, field: str, depth: int) -> Filter | None:
        parts: list[Filter] = []
        sign: Piece | None = None
        while piece := self._ahead:
            if piece.kind in ("or", "close"):
                break
            if piece.kind == "and":
                if sign or not parts:
                    raise self._error("missing_side", piece, word="AND")
                sign = self._take("and")
            elif piece.kind == "word" and not words(piece.text):
                self.place += 1  # a lone & or comma
            else:
                parts.append(self._unary(field, depth, piece))
                sign = None
        if sign:
            raise self._error("missing_side", sign, word="AND")
        return _joined(And, parts)

    def _unary(self, field: str, depth: int, piece: Piece) -> Filter:
        self.place += 1
        match piece.kind:
            case "not":
                part = self._operand(field, depth, piece, "missing_exclusion")
                return part.part if isinstance(part, Not) else Not(part)
            case "field":
                return self._operand(FIELDS[piece.text], depth, piece, "missing_value")
            case "open":
                return self._group(field, depth + 1, piece)
            case _:
                return self._term(field, piece)

    def _operand(self, field: str, depth: int, sign: Piece, code: str) -> Filter:
        """Parse what a minus or a field applies to."""
        piece = self._ahead
        if piece is None or piece.kind in ("or", "and", "close") or (piece.kind == "word" and not words(piece.text)):
            raise self._error(code, sign, field=sign.text)
        return self._unary(field, depth, piece)

    def _group(self, field: str, depth: int, bracket: Piece) -> Filter:
        if depth > MAX_NESTING:
            raise self._error("too_deep", bracket, limit=MAX_NESTING)
        inside = self._or(field, depth)
        closing = self._take("close")
        if closing is None:
            raise self._error("open_bracket", bracket)
        if inside is None:
            length = closing.position + closing.length - bracket.position
            raise FilterError("empty_brackets", bracket.position, length)
        return inside

    def _term(self, field: str, piece: Piece) -> Filter:
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise self._error("too_many_terms", piece, limit=MAX_TERMS)
        if field == "category":
            return self._category(piece)
        found = tuple(_words(field, piece.text))
        if not found:
            raise self._error("empty_phrase", piece)
        if field == "any" and piece.kind == "word" and "." in piece.text and (code := categories.canonical(piece.text)):
            return Category(code)  # nobody who writes cs.LG means the two words
        return Term(_FIELD_NAMES[field], found)

    def _category(self, piece: Piece) -> Category:
        code = piece.text.strip(" ,;").removesuffix("*").removesuffix(".")
        if categories.is_archive(code):
            return Category(code.strip().lower())
        if found := categories.canonical(code):
            return Category(found)
        near = categories.suggest(code)
        if near:
            raise self._error("unknown_category_near", piece, category=code, suggestion=", ".join(near))
        raise self._error("unknown_category", piece, category=code)


_FIELD_NAMES: dict[str, Field] = {"any": "any", "title": "title", "abstract": "abstract", "author": "author"}


def _words(field: str, text: str) -> list[str]:
    """The words of a term. `Hinton, Geoffrey` and `geoffrey_hinton` are a name like `Geoffrey Hinton`."""
    if field == "author":
        last, comma, first = text.replace("_", " ").partition(",")
        return words(f"{first} {last}" if comma else last)
    found = words(text)
    if text.endswith("*") and found and len(found[-1]) >= MIN_PREFIX_LENGTH and found[-1].isalnum():
        found[-1] += "*"
    return found


def _joined(kind: type[And] | type[Or], parts: Sequence[Filter]) -> Filter | None:
    """The parts under one sign: nested ones of the same kind unpacked, repeated ones once, a single one bare."""
    flat: dict[Filter, None] = {}
    for part in parts:
        flat.update(dict.fromkeys(part.parts if isinstance(part, kind) else (part,)))
    if len(flat) > 1:
        return kind(tuple(flat))
    return next(iter(flat), None)
