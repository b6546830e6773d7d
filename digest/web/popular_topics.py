"""Topics to begin with: phrases that several of the best papers of the newest edition share."""

from functools import lru_cache

from digest.domain import ANNOUNCED_AS_NEW
from digest.models import Edition, Version
from digest.ranking.personal.suggest_keywords import suggest_keywords
from digest.web import selectors

MAX_TOPICS = 12
# Of an edition, so many of the best papers are read.
PAPERS_READ = 200
MIN_PAPERS = 3
# So many are proposed: phrases of two words say more to somebody who has no topic yet, and single ones fill up.
MAX_PROPOSED = 300


def list_popular_topics() -> tuple[str, ...]:
    """Return phrases, the most telling first; none without an edition. It takes two queries."""
    edition = selectors.latest_edition()
    return propose_topics(edition.pk, edition.frozen_at) if edition else ()


@lru_cache(maxsize=1)
def propose_topics(edition_id: int, _frozen_at: object) -> tuple[str, ...]:
    """Return the topics of an edition: a tenth of a second of work, kept until the next one."""
    entries = Edition.objects.get(pk=edition_id).entries.of_the_day().filter(kind__in=ANNOUNCED_AS_NEW)
    best = Version.objects.filter(pk__in=entries.order_by("rank").values("version")[:PAPERS_READ])
    proposed = suggest_keywords(list(best.order_by("pk")), MAX_PROPOSED, min_papers=MIN_PAPERS)
    return tuple(sorted(proposed, key=lambda topic: " " not in topic)[:MAX_TOPICS])
