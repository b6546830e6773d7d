"""Proposes further keywords to somebody who signs up: phrases of the archive's papers on what they typed."""

from collections.abc import Sequence
from functools import lru_cache

from digest.models import Edition, Version
from digest.ranking.personal.suggest_keywords import SuggestedFrom, suggest_keywords
from digest.search import find
from subscriptions.filters.language import FilterError, fold, is_exclusion, parse, words

MAX_SUGGESTIONS = 5
# The last filters tell what somebody is just thinking of; each costs a search.
FILTERS_READ = 2
PAPERS_OF_A_FILTER = 15


def suggest(newest: Edition, filters: Sequence[str], papers: Sequence[SuggestedFrom]) -> tuple[str, ...]:
    """Return keywords of the best stored papers for the last filters, or of *papers* where there are no filters.

    None of them has a word that a filter has. It takes a search for each filter that nobody had since the *newest*
    edition came.
    """
    choosing = [text for text in filters if not is_exclusion(parse(text))]
    searched = (search_texts(text, newest.pk, newest.frozen_at) for text in choosing[-FILTERS_READ:])
    found: list[SuggestedFrom] = [text for texts in searched for text in texts]
    known = {fold(word) for text in filters for word in words(text)}
    proposed = suggest_keywords(found or papers, MAX_SUGGESTIONS + len(known))
    fitting = (text for text in proposed if known.isdisjoint(map(fold, words(text))))
    return tuple(fitting)[:MAX_SUGGESTIONS]


@lru_cache(maxsize=128)
def search_texts(text: str, _edition_id: int, _frozen_at: object) -> tuple[Version, ...]:
    """Return the titles and abstracts of the best papers for a filter."""
    try:
        hits = find.search(text, PAPERS_OF_A_FILTER)
    except FilterError:
        return ()
    return tuple(Version.objects.filter(pk__in=[hit.version_id for hit in hits]).only("title", "abstract"))
