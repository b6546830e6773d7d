"""The language in which readers say what they look for. Pure: no Django, no tables.

    attention transformers      both words, anywhere in title, abstract or authors
    "diffusion model"           these words side by side; fine-tuning counts as such a phrase
    transform*                  words that begin like this
    -survey  -"case study"      not these; NOT survey says the same
    -robot*                     nor anything that begins like this: -robot alone leaves robotic in
    title:… abs:… author:…      only there; author:"Geoffrey Hinton", author:hinton, author:geoffrey_hinton
    cat:cs.LG  cat:math         a category, or all of an archive (also cat:math.*)
    a OR b  a | b  (a OR b) c   one or the other; what stands side by side must all be there, AND may be left out

Only OR, AND and NOT in capitals are signs: `or` is a word. Case, accents, TeX and plurals make no difference.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from subscriptions.filters.hints import Hint, hints
from subscriptions.filters.parser import MAX_FILTER_LENGTH
from subscriptions.filters.parser import parse as _parse
from subscriptions.filters.syntax import MESSAGES, And, Category, Field, Filter, FilterError, Not, Or, Term
from subscriptions.filters.words import fold, phrase, tokens, words

__all__ = [
    "MAX_FILTERS",
    "MESSAGES",
    "And",
    "Category",
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
    "fold",
    "hints",
    "is_exclusion",
    "parse",
    "parse_plain",
    "positive_terms",
    "tokens",
    "words",
]

# How many filters a reader may keep.
MAX_FILTERS = 50

_PREFIXES = {"any": "", "title": "title:", "abstract": "abs:", "author": "author:"}


def parse(text: str) -> Filter:
    """The filter that *text* describes. Raises FilterError, and nothing else, on whatever text."""
    found = _parse(text)
    if len(canonical(found)) > MAX_FILTER_LENGTH:  # one sign may stand for a dozen letters
        raise FilterError("too_long", 0, len(text), limit=MAX_FILTER_LENGTH)
    return found


PlainFilterKind = Literal["word", "both", "phrase", "title", "author"]

# One or two words, a phrase of two, one word in titles, one part of a name. A single word stands there twice.
PlainFilter = tuple[PlainFilterKind, str, str]

_WORD = "([a-z0-9]{1,60})"
_PLAIN = re.compile(f'"{_WORD} {_WORD}"|title:{_WORD}|author:{_WORD}|{_WORD}(?: {_WORD})?')
_KINDS: Mapping[int | None, tuple[PlainFilterKind, int, int]] = {
    2: ("phrase", 1, 2),
    3: ("title", 3, 3),
    4: ("author", 4, 4),
    5: ("word", 5, 5),
    6: ("both", 5, 6),
}


def parse_plain(text: str) -> PlainFilter | None:
    """Return what `parse` finds in a plain filter, in a tenth of the time, or None for any other text."""
    found = _PLAIN.fullmatch(text)
    if found is None:
        return None
    kind, first, second = _KINDS[found.lastindex]
    return kind, found[first], found[second]


def canonical(wanted: Filter) -> str:
    """The one way to write a filter; `parse` reads it back as an equal one."""
    match wanted:
        case Term(field, found):
            written = phrase(found)
            return _PREFIXES[field] + (f'"{written}"' if " " in written else written)
        case Category(code):
            return f"cat:{code}"
        case Not(part):
            return "-" + _bracketed(part, And, Or)
        case And(parts):
            return " ".join(_bracketed(part, Or) for part in parts)
        case Or(parts):
            return " OR ".join(canonical(part) for part in parts)


def _bracketed(part: Filter, *kinds: type[And] | type[Or]) -> str:
    return f"({canonical(part)})" if isinstance(part, kinds) else canonical(part)


def is_exclusion(wanted: Filter) -> bool:
    """Return whether a filter only says what to leave out: it mutes papers and chooses none."""
    match wanted:
        case Not():
            return True
        case And(parts) | Or(parts):
            return all(is_exclusion(part) for part in parts)
        case _:
            return False


def positive_terms(wanted: Filter) -> Iterator[Term | Category]:
    """The terms that speak for a paper, in order; what is excluded is left out."""
    match wanted:
        case Term() | Category():
            yield wanted
        case And(parts) | Or(parts):
            for part in parts:
                yield from positive_terms(part)
        case Not():
            return


def check_filters(texts: Iterable[str]) -> tuple[str, ...]:
    """Filters as they are stored: in the reader's own letters, each meaning once, blank ones dropped.

    Raises FilterError with `text` and `line` set to the filter that is wrong.
    """
    found: dict[Filter, str] = {}
    for line, text in enumerate(texts, 1):
        if not text.strip():
            continue
        try:
            wanted = parse(text)
            found.setdefault(wanted, _as_written(text, wanted))
            if len(found) > MAX_FILTERS:
                raise FilterError("too_many_filters", 0, len(text), limit=MAX_FILTERS)
        except FilterError as error:
            error.text, error.line = text, line
            raise
    return tuple(found.values())


def _as_written(text: str, wanted: Filter) -> str:
    """*text* with single spaces and nothing that cannot be seen; canonical where it would then mean something else."""
    written = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    try:
        return written if written == text or parse(written) == wanted else canonical(wanted)
    except FilterError:
        return canonical(wanted)
