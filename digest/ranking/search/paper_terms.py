"""The terms by which a paper is found, each with its places in the paper.

Words of title and abstract are terms as `tokens` gives them. What else a paper has is in terms that begin with a name
and a colon, which no word has: `author:hinton`, `initial:g`, `category:cs.LG`, `comment:…`, `journal:…`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from subscriptions.filters.language import tokens
from subscriptions.filters.person_names import split_name
from subscriptions.taxonomy import categories

# A paper's places are below this. Words behind are left out: no abstract of arXiv has so many.
PLACES_PER_PAPER = 1024
# The title comes first; what is longer is left out, so that no phrase goes from one to the other.
ABSTRACT_START = 128
_TITLE_END = 120
# An author has so many places, one for each part of the name; so the first 128 authors are found.
PLACES_PER_AUTHOR = 8
MAX_INDEXED_AUTHORS = PLACES_PER_PAPER // PLACES_PER_AUTHOR
# The column that stores a term.
MAX_TERM_LENGTH = 60

# Words that nearly every paper has are not kept. In a phrase, any word may stand in their place.
STOP_WORDS = frozenset(
    (
        *("a", "an", "and", "are", "as", "at", "be", "been", "by", "can", "for", "from", "has", "have", "in", "into"),
        *("is", "it", "its", "of", "on", "or", "our", "such", "that", "the", "their", "these", "this", "to", "was"),
        *("we", "were", "which", "while", "with"),
    )
)


class SearchedText(NamedTuple):
    """What is searched of a paper."""

    title: str
    abstract: str
    authors: Sequence[str] = ()
    categories: Sequence[str] = ()
    comment: str = ""
    journal_ref: str = ""


class PaperTerms(NamedTuple):
    """The terms of one paper."""

    # Where each term stands, ascending.
    places: Mapping[str, Sequence[int]]
    # How long the text is for BM25: its words, those of the title twice.
    length: int


def list_terms(paper: SearchedText) -> PaperTerms:
    """Return the terms of a paper, those of its fields too, with their places."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    title, abstract = tokens(paper.title)[:_TITLE_END], tokens(paper.abstract)[: PLACES_PER_PAPER - ABSTRACT_START]
    _add_words(places, "", title, 0)
    _add_words(places, "", abstract, ABSTRACT_START)
    _add_words(places, "comment:", tokens(paper.comment)[:PLACES_PER_PAPER], 0)
    _add_words(places, "journal:", tokens(paper.journal_ref)[:PLACES_PER_PAPER], 0)
    for number, name in enumerate(paper.authors[:MAX_INDEXED_AUTHORS]):
        parts = split_name(name)[:PLACES_PER_AUTHOR]
        for part_number, part in enumerate(parts):
            place = number * PLACES_PER_AUTHOR + part_number
            places[f"author:{part}"[:MAX_TERM_LENGTH]].append(place)
            if part_number < len(parts) - 1:
                places[f"initial:{part[0]}"].append(place)
    for code in paper.categories:
        places[f"category:{categories.canonical(code) or code}"[:MAX_TERM_LENGTH]] = [0]
    return PaperTerms(places, max(1, 2 * len(title) + len(abstract)))


def _add_words(places: defaultdict[str, list[int]], field: str, words: Iterable[str], start: int) -> None:
    for place, word in enumerate(words, start):
        if word not in STOP_WORDS:
            places[f"{field}{word}"[:MAX_TERM_LENGTH]].append(place)
