"""The language in which readers say what they look for. Pure: no Django, no tables.

    attention transformers      both words, anywhere in title, abstract or authors
    "diffusion model"           these words side by side; fine-tuning counts as such a phrase
    transform*                  words that begin like this
    -survey  -"case study"      not these; NOT survey says the same
    -robot*                     nor anything that begins like this: -robot alone leaves robotic in
    title:… abs:… author:…      only there; author:"Geoffrey Hinton", author:hinton, author:geoffrey_hinton.
                                G. Hinton is found too, as somebody who may be Geoffrey Hinton
    comment:… journal:…         in the authors' comment, such as comment:ICML, or the reference to the journal
    cat:cs.LG  cat:math         a category, or all of an archive (also cat:math.*)
    a OR b  a | b  (a OR b) c   one or the other; what stands side by side must all be there, AND may be left out

Only OR, AND and NOT in capitals are signs: `or` is a word. Case, accents, TeX and plurals make no difference.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from subscriptions.filters.hints import Hint, hints
from subscriptions.filters.parser import MAX_FILTER_LENGTH, build_filter, list_author_names
from subscriptions.filters.syntax import MESSAGES, And, CategoryTerm, Field, Filter, FilterError, Not, Or, Term
from subscriptions.filters.words import find_words, fold, phrase, tokens, words

__all__ = [
    "MAX_FILTERS",
    "MAX_FILTER_LENGTH",
    "MESSAGES",
    "And",
    "CategoryTerm",
    "Field",
    "Filter",
    "FilterError",
    "Hint",
    "Not",
    "Or",
    "PlainFilter",
    "Term",
    "canonical",
    "check_filters",
    "find_words",
    "fold",
    "hints",
    "is_exclusion",
    "list_author_names",
    "parse",
    "parse_plain",
    "positive_terms",
    "tidy_typed",
    "tokens",
    "words",
]

# How many filters a reader may keep.
MAX_FILTERS = 50

_PREFIXES: Mapping[Field, str] = {
    "any": "",
    "title": "title:",
    "abstract": "abs:",
    "author": "author:",
    "comment": "comment:",
    "journal": "journal:",
}


def parse(text: str) -> Filter:
    """Return the filter that *text* describes. Raises FilterError, and nothing else, on whatever text."""
    parsed = build_filter(text)
    if len(canonical(parsed)) > MAX_FILTER_LENGTH:  # one sign may stand for a dozen letters
        raise FilterError("too_long", 0, len(text), limit=MAX_FILTER_LENGTH)
    return parsed


PlainFilterKind = Literal["word", "both", "phrase", "title", "author"]

# One or two words, a phrase of two, one word in titles, one part of a name. A single word stands there twice.
PlainFilter = tuple[PlainFilterKind, str, str]

_WORD = "([a-z0-9]{1,60})"
_PLAIN = re.compile(f'"{_WORD} {_WORD}"|title:{_WORD}|author:{_WORD}|{_WORD}(?: {_WORD})?')
# By the last group of _PLAIN that matched: the kind of filter, and the groups of its two words.
_KINDS: Mapping[int | None, tuple[PlainFilterKind, int, int]] = {
    2: ("phrase", 1, 2),
    3: ("title", 3, 3),
    4: ("author", 4, 4),
    5: ("word", 5, 5),
    6: ("both", 5, 6),
}


def parse_plain(text: str) -> PlainFilter | None:
    """Return what `parse` finds in a plain filter, in a tenth of the time, or None for any other text."""
    plain = _PLAIN.fullmatch(text)
    if plain is None:
        return None
    kind, first, second = _KINDS[plain.lastindex]
    return kind, plain[first], plain[second]


def canonical(parsed: Filter) -> str:
    """Return the one way to write a filter; `parse` reads it back as an equal one."""
    match parsed:
        case Term(field, term_words):
            written = phrase(term_words)
            return _PREFIXES[field] + (f'"{written}"' if " " in written else written)
        case CategoryTerm(code):
            return f"cat:{code}"
        case Not(part):
            return "-" + _bracket(part, And, Or)
        case And(parts):
            return " ".join(_bracket(part, Or) for part in parts)
        case Or(parts):
            return " OR ".join(canonical(part) for part in parts)


def _bracket(part: Filter, *kinds: type[And] | type[Or]) -> str:
    return f"({canonical(part)})" if isinstance(part, kinds) else canonical(part)


def is_exclusion(parsed: Filter) -> bool:
    """Return whether a filter only says what to leave out: it mutes papers and chooses none."""
    match parsed:
        case Not():
            return True
        case And(parts) | Or(parts):
            return all(is_exclusion(part) for part in parts)
        case _:
            return False


def positive_terms(parsed: Filter) -> Iterator[Term | CategoryTerm]:
    """Yield the terms that speak for a paper, in order, without those that are excluded."""
    match parsed:
        case Term() | CategoryTerm():
            yield parsed
        case And(parts) | Or(parts):
            for part in parts:
                yield from positive_terms(part)
        case Not():
            return


def check_filters(texts: Iterable[str]) -> tuple[str, ...]:
    """Return filters as they are stored: in the reader's own letters, each meaning once, without blank ones.

    Raises FilterError with `text` and `line` set to the filter that is wrong.
    """
    checked: dict[Filter, str] = {}
    for line, text in enumerate(texts, 1):
        if not text.strip():
            continue
        try:
            parsed = parse(text)
            checked.setdefault(parsed, _tidy_text(text, parsed))
            if len(checked) > MAX_FILTERS:
                raise FilterError("too_many_filters", 0, len(text), limit=MAX_FILTERS)
        except FilterError as error:
            error.text, error.line = text, line
            raise
    return tuple(checked.values())


def tidy_typed(text: str) -> str:
    """Return what somebody typed in one line, with single spaces for all signs that nobody sees."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _tidy_text(text: str, parsed: Filter) -> str:
    """Return *text* with single spaces and no invisible signs, or the canonical form if that changes its meaning."""
    tidy = tidy_typed(text)
    try:
        return tidy if tidy == text or parse(tidy) == parsed else canonical(parsed)
    except FilterError:
        return canonical(parsed)
