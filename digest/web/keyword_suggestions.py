"""Proposes further keywords to somebody who signs up: phrases of the archive's papers on what they typed."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

from digest.models import Edition, Version
from digest.ranking.personal.suggest_keywords import SuggestedFrom, suggest_keywords
from digest.search import find
from subscriptions.filters.language import FilterError, fold, is_exclusion, parse, words

MAX_SUGGESTIONS = 5
# So many are looked at, as some have a word that a filter has already.
MAX_PROPOSED = 20
# The last filters tell what somebody is just thinking of; each costs a search.
FILTERS_READ = 2
PAPERS_OF_A_FILTER = 10
# What a single paper says is chance: the person asked for no paper, only for a word that it holds.
MIN_PAPERS = 2


def suggest(newest: Edition, filters: Sequence[str], papers: Sequence[SuggestedFrom]) -> tuple[str, ...]:
    """Return keywords of the best stored papers for the last filters, or of *papers* where there are no filters.

    None of them has a word that a filter has. It takes a search for each filter that nobody had since the *newest*
    edition came.
    """
    choosing = tuple(text for text in filters if not is_exclusion(parse(text)))[-FILTERS_READ:]
    proposed = propose(choosing, newest.pk, newest.frozen_at) if choosing else ()
    known = {word for text in filters for word in _fold_words(text)}
    texts = proposed or suggest_keywords(papers, MAX_PROPOSED, min_papers=MIN_PAPERS)
    fitting = (text for text in texts if known.isdisjoint(_fold_words(text)))
    return tuple(islice(fitting, MAX_SUGGESTIONS))


@lru_cache(maxsize=256)
def propose(filters: tuple[str, ...], _edition_id: int, _frozen_at: object) -> tuple[str, ...]:
    """Return keywords of the best stored papers for some filters; none where there are no such papers."""
    found: list[SuggestedFrom] = []
    for text in filters:
        try:
            hits = find.search(text, PAPERS_OF_A_FILTER)
        except FilterError:
            continue
        found += Version.objects.filter(pk__in=[hit.version_id for hit in hits]).only("title", "abstract")
    return suggest_keywords(found, MAX_PROPOSED, min_papers=MIN_PAPERS)


def _fold_words(text: str) -> list[str]:
    return [fold(word) for word in words(text)]
