"""Finds in an index the papers that a filter matches: the meanings are those of `ranking/matching/field_index.py`."""

from collections.abc import Sequence
from functools import reduce
from operator import and_, or_

import numpy as np
from numpy.typing import NDArray

from digest.ranking.search.paper_terms import (
    ABSTRACT_START,
    MAX_TERM_LENGTH,
    PLACES_PER_AUTHOR,
    PLACES_PER_PAPER,
    STOP_WORDS,
)
from digest.ranking.search.postings import NO_POSTINGS, Postings, SearchIndex, followed_by, merge
from subscriptions.filters.language import And, CategoryTerm, Filter, Not, Or, Term, fold
from subscriptions.taxonomy import categories

# By the number of a paper, whether it matches.
Matches = NDArray[np.bool_]


def find_matches(required: Filter, index: SearchIndex, *, exactly: bool = False) -> Matches:
    """Return the papers that match. *exactly* leaves out authors of whom only the initials agree."""
    match required:
        case Term():
            return _match_term(required, index, exactly=exactly)
        case CategoryTerm(code):
            codes = categories.expand(code) or (code,)
            found = index.by_term([f"category:{each}"[:MAX_TERM_LENGTH] for each in codes])
            return _mark(merge(list(found.values())), index)
        case Not(part):
            return (index.lengths > 0) & ~find_matches(part, index, exactly=True)
        case And(parts):
            return reduce(and_, (find_matches(part, index, exactly=exactly) for part in parts))
        case Or(parts):
            return reduce(or_, (find_matches(part, index, exactly=exactly) for part in parts))


def _match_term(term: Term, index: SearchIndex, *, exactly: bool) -> Matches:
    if term.field == "author":
        return _mark(find_author(term.words, index, exactly=exactly), index)
    words = tuple(map(fold, term.words))
    if term.field in ("comment", "journal"):
        return _mark_phrase(words, index, f"{term.field}:")
    if all(word in STOP_WORDS for word in words):
        return index.lengths > 0
    postings = find_phrase(words, index)
    in_title = postings % PLACES_PER_PAPER < ABSTRACT_START
    match term.field:
        case "title":
            return _mark(postings[in_title], index)
        case "abstract":
            return _mark(postings[~in_title], index)
        case _:
            return _mark(postings, index) | _mark(find_author(term.words, index, exactly=True), index)


def _mark_phrase(words: Sequence[str], index: SearchIndex, field: str) -> Matches:
    if all(word in STOP_WORDS for word in words):
        return np.zeros(len(index.lengths), np.bool_)
    return _mark(find_phrase(words, index, field), index)


def find_phrase(words: Sequence[str], index: SearchIndex, field: str = "") -> Postings:
    """Return where words stand side by side: the places of the first that is no stop word.

    A last word that ends in `*` stands for all that begin so. At a stop word any word may stand.
    """
    kept = [(place, word) for place, word in enumerate(words) if word not in STOP_WORDS]
    postings = index.by_term([f"{field}{word}"[:MAX_TERM_LENGTH] for _, word in kept if not word.endswith("*")])

    def of(word: str) -> Postings:
        if word.endswith("*"):
            return index.by_beginning(field + word.removesuffix("*"))
        return postings.get(f"{field}{word}"[:MAX_TERM_LENGTH], NO_POSTINGS)

    first_place, first = kept[0]
    found = of(first)
    for place, word in kept[1:]:
        found = followed_by(found, of(word), place - first_place)
    return found


def find_author(words: Sequence[str], index: SearchIndex, *, exactly: bool) -> Postings:
    """Return the places of the last of *words* in names that have them all in this order, perhaps with others between.

    Unless *exactly*, a given name may be written as its initial, by the paper or by *words*. No words find nothing.
    """
    if not words:
        return NO_POSTINGS
    spellings = [{f"author:{word}"[:MAX_TERM_LENGTH]} for word in words]
    if not exactly:
        for word, terms in zip(words[:-1], spellings, strict=False):
            terms.add(f"initial:{word}" if len(word) == 1 else f"author:{word[0]}")
    found = index.by_term(sorted(set().union(*spellings)))
    lists = [_union([found[term] for term in sorted(terms) if term in found]) for terms in spellings]
    reached = lists[0]
    for postings in lists[1:]:
        names, first = np.unique(reached // PLACES_PER_AUTHOR, return_index=True)
        if not len(names):
            return NO_POSTINGS
        places = np.minimum(np.searchsorted(names, postings // PLACES_PER_AUTHOR), len(names) - 1)
        in_order = (names[places] == postings // PLACES_PER_AUTHOR) & (postings > reached[first][places])
        reached = postings[in_order]
    return reached


def _union(several: Sequence[Postings]) -> Postings:
    return np.unique(np.concatenate(several)) if several else NO_POSTINGS


def _mark(postings: Postings, index: SearchIndex) -> Matches:
    """Return the papers that have any of these postings; replaced versions never match."""
    marked = np.zeros(len(index.lengths), np.bool_)
    marked[postings // PLACES_PER_PAPER] = True
    return marked & (index.lengths > 0)
