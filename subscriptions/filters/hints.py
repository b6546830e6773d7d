"""Hints at what a filter says that its writer may not have meant. None is an error: the filter works as it stands."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from subscriptions.filters.lexer import FIELDS, Piece, split_pieces
from subscriptions.filters.parser import MIN_PREFIX_LENGTH, build_filter
from subscriptions.filters.syntax import And, Filter, FilterError, Not, Or, Term, gettext_noop
from subscriptions.filters.words import WRITTEN_WITHOUT_SPACES, words

# English, with named places, like MESSAGES.
HINTS: Mapping[str, str] = {
    "author_name": gettext_noop(
        "This looks for %(name)s among the authors, and for the next words anywhere. Did you mean %(suggestion)s?"
    ),
    "person": gettext_noop(
        "This looks for these words anywhere in a paper. If it is a person, write %(suggestion)s to get their papers."
    ),
    "separator": gettext_noop(
        "Here “%(sign)s” separates nothing: all of these words must be there. Write one filter per line instead."
    ),
    "language": gettext_noop(
        "Papers at arXiv are in English, with few exceptions. Write this in English to find more of them."
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

# Given names before three surnames or more among the authors of two months of arXiv papers, without frequent words of
# abstracts.
_GIVEN_NAMES = frozenset(Path(__file__).with_name("given_names.txt").read_text(encoding="ascii").split())
MAX_NAME_WORDS = 4

_SEPARATOR = re.compile(r"\s*[,;，；、；／]\s*|\s*/\s*")
_TERMS_WITH_A_SLASH = frozenset(
    ("and/or", "client/server", "encoder/decoder", "input/output", "hiv/aids", "read/write", "tcp/ip", "true/false")
)
_OTHER_LANGUAGE = re.compile(rf"[{WRITTEN_WITHOUT_SPACES}\uac00-\ud7af]+")

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
    # The filters that say what was probably meant, to be put in this one's place; empty where nobody can know.
    mended: tuple[str, ...] = ()


def hints(text: str) -> tuple[Hint, ...]:
    """Return the hints in the order of their places; none for a text that is no filter."""
    try:
        parsed = build_filter(text)
    except FilterError:
        return ()
    pieces = tuple(split_pieces(text))
    all_hints = (
        *_find_split_names(pieces, text),
        *_find_separators(pieces, text),
        *_find_bare_names(pieces, text),
        *_find_other_languages(pieces, text),
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
            last = further[-1]
            end = last.position + len(text[last.position : last.position + last.length].rstrip(","))
            suggestion = f'author:"{text[first.position : end]}"'
            detail = {"name": first.text.rstrip(","), "suggestion": suggestion}
            mended = f"{text[: piece.position]}{suggestion}{text[end:]}"
            yield Hint("author_name", piece.position, end - piece.position, detail, (mended,))


def _looks_like_a_name(piece: Piece) -> bool:
    """Return whether a word looks like part of a name: `Tao` and `T.` do, `GAN` does not."""
    letters = piece.text.strip(".,")
    return piece.kind == "word" and letters[:1].isupper() and (len(letters) <= 1 or not letters.isupper())


def _find_separators(pieces: Sequence[Piece], text: str) -> Iterator[Hint]:
    """Yield a hint for the commas of `LLM, RAG, agents`, which a list has in other programs; a slash may be meant."""
    if any(piece.kind not in ("word", "phrase", "not", "field") for piece in pieces):
        return  # whoever writes brackets or OR knows the language
    quoted = _places_in_quotes(pieces)
    outside = "".join('"' if place in quoted else sign for place, sign in enumerate(text))
    signs = [found for found in _SEPARATOR.finditer(outside) if not _is_within_term(found, outside)]
    if not signs:
        return
    cuts = [0, *(place for found in signs for place in found.span()), len(text)]
    parts = [text[start:end].strip() for start, end in zip(cuts[::2], cuts[1::2], strict=True)]
    wanted = [part for part in parts if words(part)]
    if any(piece.kind == "field" for piece in pieces) and not all(_begins_with_field(part) for part in wanted):
        return  # in `author:Hinton, G` the comma belongs to the name
    if len(wanted) == 2 and _is_name_turned_round(*wanted):
        suggestion = f'author:"{text.strip()}"'
        yield Hint("person", 0, len(text), {"suggestion": suggestion}, (suggestion,))
    elif len(wanted) > 1:
        first = signs[0]
        yield Hint("separator", first.start(), len(first[0]), {"sign": first[0].strip()}, tuple(wanted))


def _begins_with_field(text: str) -> bool:
    return next(iter(split_pieces(text))).kind == "field"


def _is_name_turned_round(surname: str, given: str) -> bool:
    """Return whether the parts are those of `Hinton, Geoffrey`."""
    is_name = all(part[:1].isupper() and not part.isupper() and part.isalpha() for part in (surname, given))
    return is_name and any(part in _GIVEN_NAMES for part in words(given))


def _places_in_quotes(pieces: Sequence[Piece]) -> set[int]:
    quoted = (piece for piece in pieces if piece.kind == "phrase")
    return {place for piece in quoted for place in range(piece.position, piece.position + piece.length)}


def _is_within_term(sign: re.Match[str], text: str) -> bool:
    """Return whether a sign is part of a term, as in `1,000`, `TCP/IP` and `https://arxiv.org`."""
    before, after = text[: sign.start()], text[sign.end() :]
    if "/" not in sign[0]:
        return before[-1:].isdigit() and after[:1].isdigit()
    if sign[0] != sign[0].strip():  # a slash between spaces
        return False
    left, right = re.search(r"\S*$", before), re.match(r"\S*", after)
    token = f"{left[0] if left else ''}/{right[0] if right else ''}".lower().strip(",;")
    is_list = re.fullmatch(r"[a-z]{3,}/[a-z]{2,}|[a-z]{2,}(?:/[a-z]{2,}){2,}", token)
    return token in _TERMS_WITH_A_SLASH or is_list is None


def _find_bare_names(pieces: Sequence[Piece], text: str) -> Iterator[Hint]:
    """Yield a hint for `Geoffrey Hinton`, which without `author:` is two words anywhere."""
    is_name = 2 <= len(pieces) <= MAX_NAME_WORDS and all(map(_looks_like_a_name, pieces))
    if is_name and not _SEPARATOR.search(text) and any(part in _GIVEN_NAMES for part in words(pieces[0].text)):
        start, end = pieces[0].position, pieces[-1].position + pieces[-1].length
        suggestion = f'author:"{text[start:end]}"'
        yield Hint("person", start, end - start, {"suggestion": suggestion}, (suggestion,))


def _find_other_languages(pieces: Sequence[Piece], text: str) -> Iterator[Hint]:
    """Yield a hint for words in Chinese, Japanese or Korean, save names of authors."""
    for index, piece in enumerate(pieces):
        is_name = index > 0 and pieces[index - 1].kind == "field" and FIELDS[pieces[index - 1].text] == "author"
        found = _OTHER_LANGUAGE.search(text[piece.position : piece.position + piece.length])
        if found and piece.kind in ("word", "phrase") and not is_name:
            yield Hint("language", piece.position + found.start(), len(found[0]))
            return


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
