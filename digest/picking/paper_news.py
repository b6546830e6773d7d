"""Finds what letters tell of papers that their readers kept or were sent: published since, code found since.

A letter tells what became known within NEWS_PERIOD and no earlier letter told: each letter's row holds what it told.
`sent_history.py` knows who was sent a paper. What became of a paper itself, replaced or withdrawn, is a notice.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta

from django.conf import settings

from digest.editions.load import NEWS_PERIOD, find_news
from digest.models import Delivery, Edition, Feedback, Version
from digest.picking.shown_papers import OPEN_STATES, SENT_STATES
from digest.ranking.matching.day_index import DayIndex
from digest.ranking.matching.inverted_index import iterate_ranks

# A letter is about its new papers.
MAX_NEWS = 5

# By which a reader keeps a paper.
KEPT = ("save", "more")

CHANGED_KINDS = ("replace", "replace-cross", "withdrawn")


class NewsFinder:
    """Finds the news for chunks of readers of an edition. Sets of news have a bit for each row, the newest first."""

    def __init__(self, edition: Edition, index: DayIndex) -> None:
        # Letters that are shortened no longer say what they told.
        recent = find_news(edition).filter(day__gt=edition.day - timedelta(days=settings.KEEP_LETTERS_DAYS))
        rows = recent.order_by("-day", "id").values_list("id", "paper_id", "paper__arxiv_id")
        self._edition, self._numbers = edition, [number for number, _, _ in rows]
        # By arXiv id: what is new of a paper, for `find_repeats`.
        self.by_paper: dict[str, int] = {}
        # By the paper's row.
        self._news: dict[int, int] = {}
        for place, (_, paper, arxiv_id) in enumerate(rows):
            self._news[paper] = self.by_paper[arxiv_id] = self._news.get(paper, 0) | 1 << place
        changed = {paper.version_id: 1 << paper.rank for paper in index.papers if paper.kind in CHANGED_KINDS}
        versions = Version.objects.filter(id__in=list(changed)).values_list("id", "paper_id") if changed else ()
        self._changed = {paper: changed[version] for version, paper in versions}

    def find_kept(self, readers: Collection[int]) -> Iterable[tuple[int, int, int]]:
        """Yield a reader, the set of papers of the edition that changed and the set of news, for each paper they kept.

        It takes a query where a paper changed or there is news.
        """
        papers = list(self._changed.keys() | self._news.keys())
        if papers:
            kept = Feedback.objects.filter(subscriber__id__any_of=readers, paper__id__any_of=papers, kind__in=KEPT)
            for reader, paper in kept.values_list("subscriber_id", "paper_id"):
                yield reader, self._changed.get(paper, 0), self._news.get(paper, 0)

    def choose(self, news: Mapping[int, int]) -> dict[int, tuple[int, ...]]:
        """Return the rows of PaperNews that each reader is told, by reader; *news* are sets by reader.

        It takes a query where there is any.
        """
        news = {reader: bits for reader, bits in news.items() if bits}
        if not news:
            return {}
        told = self._load_told(list(news))
        chosen = {}
        for reader, bits in news.items():
            numbers = (self._numbers[place] for place in iterate_ranks(bits))
            if untold := tuple(number for number in numbers if (reader, number) not in told)[:MAX_NEWS]:
                chosen[reader] = untold
        return chosen

    def _load_told(self, readers: Sequence[int]) -> set[tuple[int, int]]:
        """Return reader and row of PaperNews for what letters of NEWS_PERIOD told, or will."""
        days = (self._edition.day - NEWS_PERIOD, self._edition.day + NEWS_PERIOD)
        letters = Delivery.objects.filter(
            edition__day__range=days, subscriber__id__any_of=readers, state__in=(*OPEN_STATES, *SENT_STATES)
        )
        rows = letters.exclude(news=None).exclude(edition=self._edition).values_list("subscriber_id", "news")
        return {(reader, number) for reader, numbers in rows for number in numbers or ()}
