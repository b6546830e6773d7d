"""Reads how papers of earlier days fared on public lists: by whom they were, and how fast they got their votes."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Exists, Max, Min, OuterRef, Q

from digest.models import Signal, Version
from digest.ranking.trending.author_history import HISTORY_DAYS, AuthorHistory, ListedPaper
from digest.ranking.trending.usual_pace import PaceOfPaper, UsualPace, archive_of, pace
from digest.signals.latest import hours_since_announcement

# What was usual longer ago is not usual now.
PACE_DAYS = 90


class EarlierAttention(NamedTuple):
    """What is known when a day begins. The history is None where names do not count."""

    history: AuthorHistory | None
    usual: UsualPace


class _Observed(NamedTuple):
    """One kind of signal of a paper: when it was seen first and last, and the most of it."""

    paper_id: int
    arxiv_id: str
    kind: str
    first: datetime
    last: datetime
    most: int


class _Described(NamedTuple):
    """The first version of a paper, and the first day that announced it."""

    authors: tuple[str, ...]
    category: str
    day: date | None


def load_earlier_attention(day: date) -> EarlierAttention:
    """Return what was observed before *day* began in UTC. Two queries.

    Upvotes come from the public list alone, so a paper that has any observation of them was listed.
    """
    kinds = Signal.objects.filter(_observed_before(day)).values_list("paper_id", "paper__arxiv_id", "kind")
    rows = kinds.annotate(Min("observed_at"), Max("observed_at"), Max("value")).order_by("paper_id", "kind")
    observed = [_Observed(*row) for row in rows.iterator()]
    described = _load_described(day) if observed else {}
    listed = [
        ListedPaper(each.arxiv_id, each.first.date(), described[each.paper_id].authors, each.most)
        for each in observed
        if each.kind == "upvotes" and each.paper_id in described
    ]
    history = AuthorHistory(listed, day) if settings.TRENDING_AUTHOR_HISTORY else None
    return EarlierAttention(history, UsualPace(_list_paces(observed, described, day)))


def _observed_before(day: date) -> Q:
    """Return the condition for signals that were observed before *day*, and not too long ago."""
    end = datetime.combine(day, time(), UTC)
    return Q(observed_at__gte=end - timedelta(days=HISTORY_DAYS), observed_at__lt=end)


def _load_described(day: date) -> Mapping[int, _Described]:
    """Return the papers that have signals by their rows."""
    versions = Version.objects.filter(Exists(Signal.objects.filter(_observed_before(day), paper=OuterRef("paper"))))
    rows = versions.annotate(first_day=Min("announcements__day")).order_by("paper_id", "-number")
    described = rows.values_list("paper_id", "authors", "primary_category", "first_day").iterator()
    # The last of a paper's rows stays: its first version.
    return {paper: _Described(tuple(authors), category, first) for paper, authors, category, first in described}


def _list_paces(observed: list[_Observed], described: Mapping[int, _Described], day: date) -> Iterator[PaceOfPaper]:
    since = datetime.combine(day, time(), UTC) - timedelta(days=PACE_DAYS)
    for each in observed:
        paper = described.get(each.paper_id)
        if paper is not None and paper.day is not None and each.most > 0 and each.last >= since:
            hours = hours_since_announcement(paper.day, each.last)
            yield PaceOfPaper(archive_of(paper.category), each.kind, pace(each.most, hours))
