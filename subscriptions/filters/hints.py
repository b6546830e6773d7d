"""What a filter says that its writer may not have meant. None of it is an error: the filter works as it stands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from subscriptions.filters.lexer import FIELDS, Piece, pieces
from subscriptions.filters.parser import MIN_PREFIX_LENGTH, parse
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

_SMALL: Mapping[str, str] = {"or": "small_or", "and": "small_and", "not": "small_not"}
_ENDS, _BEGINS = ("word", "phrase", "close"), ("word", "phrase", "open", "field", "not")


@dataclass(frozen=True, slots=True)
class Hint:
    """About the *length* characters from *position*; `HINTS[code] % detail` says it in English."""

    code: str
    position: int
    length: int
    detail: Mapping[str, object] = field(default_factory=dict)


def hints(text: str) -> tuple[Hint, ...]:
    """Return the hints in the order of their places; none for a text that is no filter."""
    try:
        wanted = parse(text)
    except FilterError:
        return ()
    found = tuple(pieces(text))
    told = (*_names(found, text), *_small_signs(found), *_lost_signs(found), *_of_all(wanted, text))
    return tuple(sorted(told, key=lambda hint: hint.position))


def _names(found: Sequence[Piece], text: str) -> Iterator[Hint]:
    """author:Terence Tao"""
    for place, piece in enumerate(found[:-1]):
        first = found[place + 1]
        if piece.kind != "field" or FIELDS[piece.text] != "author" or first.kind != "word":
            continue
        if more := list(takewhile(_looks_like_a_name, found[place + 2 :])):
            end = more[-1].position + more[-1].length
            detail = {"name": first.text.rstrip(","), "suggestion": f'author:"{text[first.position : end]}"'}
            yield Hint("author_name", piece.position, end - piece.position, detail)


def _looks_like_a_name(piece: Piece) -> bool:
    """`Tao` and `T.` do, `GAN` does not."""
    letters = piece.text.strip(".,")
    return piece.kind == "word" and letters[:1].isupper() and (len(letters) <= 1 or not letters.isupper())


def _small_signs(found: Sequence[Piece]) -> Iterator[Hint]:
    """cats or dogs"""
    for place, piece in enumerate(found[:-1]):
        code = _SMALL.get(piece.text.lower()) if piece.kind == "word" else None
        between = place > 0 and found[place - 1].kind in _ENDS
        if code and found[place + 1].kind in _BEGINS and (between or code == "small_not"):
            yield Hint(code, piece.position, piece.length)


def _lost_signs(found: Sequence[Piece]) -> Iterator[Hint]:
    """graphs - survey, a*, author:hint*"""
    before = ""
    for piece in found:
        if piece.kind == "word" and piece.text.strip("-") == "":
            yield Hint("lone_minus", piece.position, piece.length)
        if _loses_a_star(piece, FIELDS.get(before, "any")):
            yield Hint("lost_star", piece.position, piece.length, {"least": MIN_PREFIX_LENGTH})
        before = piece.text if piece.kind == "field" else ""


def _loses_a_star(piece: Piece, where: str) -> bool:
    """A star before a hyphen is none of ours: C*-algebra."""
    text = piece.text.replace("*-", "-")
    if piece.kind not in ("word", "phrase") or "*" not in text or where == "category":
        return False
    last = words(text)[-1:]
    works = text.endswith("*") and text.count("*") == 1 and last and len(last[0]) >= MIN_PREFIX_LENGTH
    return where == "author" or not works


def _of_all(wanted: Filter, text: str) -> Iterator[Hint]:
    parts = wanted.parts if isinstance(wanted, And) else (wanted,)
    if any(isinstance(part, Not) and _is_everywhere(part.part) for part in parts):
        yield Hint("nothing_left", 0, len(text))
    elif _is_everywhere(wanted):
        yield Hint("everywhere", 0, len(text))


def _is_everywhere(wanted: Filter) -> bool:
    match wanted:
        case Term(where, found):
            return where in ("any", "abstract") and len(found) == 1 and found[0] in TOO_FREQUENT_WORDS
        case And(parts):
            return all(map(_is_everywhere, parts))
        case Or(parts):
            return any(map(_is_everywhere, parts))
        case _:
            return False
