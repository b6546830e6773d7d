"""Hints at what a filter says that its writer may not have meant. None is an error: the filter works as it stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from subscriptions.filters.lexer import FIELDS, Piece, split_pieces
from subscriptions.filters.parser import MIN_PREFIX_LENGTH, build_filter
from subscriptions.filters.syntax import And, Filter, FilterError, Not, Or, Term, gettext_noop
from subscriptions.filters.words import words

# English, with named places, like MESSAGES.
HINTS: Mapping[str, str] = {
    "author_name": gettext_noop(
        "This looks for %(name)s among the authors, and for the next words anywhere. Did you mean %(suggestion)s?"
    ),
    "small_or": gettext_noop("Here this is a word to look for. Write OR in capitals to mean either."),
    "small_and": gettext_noop("Here this is a word to look for. You can leave it out: all words must be there anyway."),
    "small_not": gettext_noop("Here this is a word to look for. Write NOT in capitals to leave out what follows."),
    "everywhere": gettext_noop("Nearly every paper matches this."),
    "nothing_left": gettext_noop("This leaves out nearly every paper."),
    "lone_minus": gettext_noop("This minus does nothing. To leave a word out, write the minus right before it."),
    "lost_star": gettext_noop(
        "This * does nothing: it works at the end of a word of %(least)s letters or more, and not in names."
    ),
}

# Words that say nothing about a paper.
TOO_FREQUENT_WORDS = frozenset(
    (
        *("a", "an", "and", "are", "as", "at", "be", "by", "can", "for", "from", "has", "have", "in", "is", "it"),
        *("its", "of", "on", "or", "our", "paper", "that", "the", "these", "this", "to", "we", "which", "with"),
    )
)

_LOWERCASE_OPERATORS: Mapping[str, str] = {"or": "small_or", "and": "small_and", "not": "small_not"}
# The kinds of pieces with which one side of an operator may end or begin.
_SIDE_ENDS, _SIDE_BEGINS = ("word", "phrase", "close"), ("word", "phrase", "open", "field", "not")


@dataclass(frozen=True, slots=True)
class Hint:
    """A hint about the *length* characters from *position*; `HINTS[code] % detail` says it in English."""

    code: str
    position: int
    length: int
    detail: Mapping[str, object] = field(default_factory=dict)


def hints(text: str) -> tuple[Hint, ...]:
    """Return the hints in the order of their places; none for a text that is no filter."""
    try:
        parsed = build_filter(text)
    except FilterError:
        return ()
    pieces = tuple(split_pieces(text))
    all_hints = (
        *_find_split_names(pieces, text),
        *_find_lowercase_operators(pieces),
        *_find_useless_signs(pieces),
        *_find_too_frequent(parsed, text),
    )
    return tuple(sorted(all_hints, key=lambda hint: hint.position))


def _find_split_names(pieces: Sequence[Piece], text: str) -> Iterator[Hint]:
    """Yield a hint for `author:Terence Tao`, where the second name belongs to no field."""
    for index, piece in enumerate(pieces[:-1]):
        first = pieces[index + 1]
        if piece.kind != "field" or FIELDS[piece.text] != "author" or first.kind != "word":
            continue
        if further := list(takewhile(_looks_like_a_name, pieces[index + 2 :])):
            end = further[-1].position + further[-1].length
            detail = {"name": first.text.rstrip(","), "suggestion": f'author:"{text[first.position : end]}"'}
            yield Hint("author_name", piece.position, end - piece.position, detail)


def _looks_like_a_name(piece: Piece) -> bool:
    """Return whether a word looks like part of a name: `Tao` and `T.` do, `GAN` does not."""
    letters = piece.text.strip(".,")
    return piece.kind == "word" and letters[:1].isupper() and (len(letters) <= 1 or not letters.isupper())


def _find_lowercase_operators(pieces: Sequence[Piece]) -> Iterator[Hint]:
    """Yield a hint for `cats or dogs`, where `or` is a word to look for."""
    for index, piece in enumerate(pieces[:-1]):
        code = _LOWERCASE_OPERATORS.get(piece.text.lower()) if piece.kind == "word" else None
        follows_a_side = index > 0 and pieces[index - 1].kind in _SIDE_ENDS
        if code and pieces[index + 1].kind in _SIDE_BEGINS and (follows_a_side or code == "small_not"):
            yield Hint(code, piece.position, piece.length)


def _find_useless_signs(pieces: Sequence[Piece]) -> Iterator[Hint]:
    """Yield a hint for the minus of `graphs - survey` and for the stars of `a*` and `author:hint*`."""
    field_name = ""
    for piece in pieces:
        if piece.kind == "word" and piece.text.strip("-") == "":
            yield Hint("lone_minus", piece.position, piece.length)
        if _has_useless_star(piece, FIELDS.get(field_name, "any")):
            yield Hint("lost_star", piece.position, piece.length, {"least": MIN_PREFIX_LENGTH})
        field_name = piece.text if piece.kind == "field" else ""


def _has_useless_star(piece: Piece, searched: str) -> bool:
    # A star before a hyphen is no sign of this language: C*-algebra.
    text = piece.text.replace("*-", "-")
    if piece.kind not in ("word", "phrase") or "*" not in text or searched == "category":
        return False
    last = words(text)[-1:]
    works = text.endswith("*") and text.count("*") == 1 and last and len(last[0]) >= MIN_PREFIX_LENGTH
    return searched == "author" or not works


def _find_too_frequent(parsed: Filter, text: str) -> Iterator[Hint]:
    """Yield a hint for a filter that takes or leaves out nearly every paper."""
    parts = parsed.parts if isinstance(parsed, And) else (parsed,)
    if any(isinstance(part, Not) and _is_everywhere(part.part) for part in parts):
        yield Hint("nothing_left", 0, len(text))
    elif _is_everywhere(parsed):
        yield Hint("everywhere", 0, len(text))


def _is_everywhere(parsed: Filter) -> bool:
    """Return whether nearly every paper matches."""
    match parsed:
        case Term(searched, term_words):
            return searched in ("any", "abstract") and len(term_words) == 1 and term_words[0] in TOO_FREQUENT_WORDS
        case And(parts):
            return all(map(_is_everywhere, parts))
        case Or(parts):
            return any(map(_is_everywhere, parts))
        case _:
            return False
