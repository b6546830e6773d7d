"""Topics to begin with: phrases that several of the best papers of the newest edition share.

Single words are none: most that a day's papers share are plain English, or as wide as a field.
"""

from functools import lru_cache

from digest.domain import ANNOUNCED_AS_NEW
from digest.models import Edition, Version
from digest.ranking.personal.suggest_keywords import suggest_keywords
from digest.web import selectors
from subscriptions.filters.language import fold, words

MAX_TOPICS = 8
# Of an edition, so many of the best papers are read.
PAPERS_READ = 200
MIN_PAPERS = 3
# What papers of every subject say.
_NOT_TOPICS = frozenset(
    tuple(map(fold, phrase.split()))
    for phrase in (
        *("trade off", "success rate", "recent advance", "ground truth", "upper bound", "lower bound", "built upon"),
        *("failure mode", "black box", "post hoc", "cross modal", "root cause", "information theoretic"),
        *("project page", "source code"),
    )
)


def list_popular_topics() -> tuple[str, ...]:
    """Return phrases, the most telling first; none without an edition. It takes two queries."""
    edition = selectors.latest_edition()
    return propose_topics(edition.pk, edition.frozen_at) if edition else ()


@lru_cache(maxsize=1)
def propose_topics(edition_id: int, _frozen_at: object) -> tuple[str, ...]:
    """Return the topics of an edition: a tenth of a second of work, kept until the next one."""
    entries = Edition.objects.get(pk=edition_id).entries.of_the_day().filter(kind__in=ANNOUNCED_AS_NEW)
    best = Version.objects.filter(pk__in=entries.order_by("rank").values("version")[:PAPERS_READ])
    papers = list(best.order_by("pk"))
    proposed = suggest_keywords(papers, MAX_TOPICS + len(_NOT_TOPICS), min_papers=MIN_PAPERS, min_words=2)
    return tuple(topic for topic in proposed if tuple(map(fold, words(topic))) not in _NOT_TOPICS)[:MAX_TOPICS]
