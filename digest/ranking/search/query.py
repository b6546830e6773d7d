"""Reads what somebody typed into a search: words, or a filter as `subscriptions/filters/language.py` has it."""

from typing import NamedTuple

from digest.ranking.search.paper_terms import STOP_WORDS
from subscriptions.filters.language import (
    And,
    CategoryTerm,
    Filter,
    FilterError,
    Or,
    Term,
    fold,
    parse,
    tidy_typed,
    tokens,
    words,
)

MAX_QUERY_LENGTH = 2000
# Of a longer text, such as a whole abstract, the rarest words count.
MAX_WORDS = 32

# With these questions begin. They are rarer in abstracts than what is asked about, and say nothing of it.
_ASKING = frozenset(map(fold, ("what", "how", "why", "when", "where", "do", "does", "did", "should", "could", "would")))

_QUOTES = '"“”„‟«»＂'
# What is too much for a filter may still be read as words.
_READ_AS_WORDS = frozenset(("too_long", "too_many_terms"))


class QueryWord(NamedTuple):
    """A word that is searched, in any of its forms."""

    # Folded, as `tokens` gives it.
    word: str
    # Its place among the words of the query, stop words counted.
    place: int


class Query(NamedTuple):
    """What somebody typed: words to rank by, or a filter that papers must match. At least one of the two is empty."""

    words: tuple[QueryWord, ...]
    # What papers must match; None if the query is nothing but words, of which papers may lack some.
    required: Filter | None = None
    # The same words as parts of a person's name: plurals stay, as names need their last s.
    name_parts: tuple[str, ...] = ()


def read_query(text: str) -> Query:
    """Return the words or the filter that somebody typed. Raises FilterError, and nothing else, on whatever text."""
    text = tidy_typed(text)
    if len(text) > MAX_QUERY_LENGTH:
        raise FilterError("too_long", MAX_QUERY_LENGTH, len(text) - MAX_QUERY_LENGTH, limit=MAX_QUERY_LENGTH)
    try:
        required = parse(text)
    except FilterError as error:
        if error.code not in _READ_AS_WORDS or not (listed := list_words(text)):
            raise
        return Query(listed)
    if _is_plain(required) and not any(sign in text for sign in _QUOTES):
        return Query(list_words(text), name_parts=tuple(words(text)))
    return Query((), required)


def list_words(text: str) -> tuple[QueryWord, ...]:
    """Return the words of a text that say something, each once: those of a question only if it has no others."""
    places: dict[str, int] = {}
    for place, word in enumerate(tokens(text)):
        if word not in STOP_WORDS:
            places.setdefault(word, place)
    telling = places.keys() - _ASKING or places.keys()
    return tuple(QueryWord(word, place) for word, place in places.items() if word in telling)


def _is_plain(parsed: Filter) -> bool:
    """Return whether a filter has nothing but words that may stand anywhere."""
    match parsed:
        case Term(field, words):
            return field == "any" and not words[-1].endswith("*")
        case And(parts):
            return all(isinstance(part, Term) and _is_plain(part) for part in parts)
        case _:
            return False


def may_relax(required: Filter) -> bool:
    """Return whether papers that a filter does not match may follow those that it does: no exclusion is among it."""
    match required:
        case Term(field):
            return field in ("any", "title", "abstract")
        case And(parts) | Or(parts):
            return all(map(may_relax, parts))
        case CategoryTerm():
            return False
        case _:
            return False
