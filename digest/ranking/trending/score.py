"""Scores the attention that a paper gets, from 0 to 1: before the votes by its promise, then by what was observed.

    observed   = sum of WEIGHT × log2(1 + pace / usual pace of the archive)  over upvotes, comments and stars
    attention  = observed / (1 + observed)
    score      = attention + (1 - attention) × promise / 2

The pace is what a day brings (usual_pace.py). A paper that gets upvotes as papers of its archive usually do, if they
get any, has attention 1/2. So evidence takes over as it arrives, and none leaves half of the promise (promise.py).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from math import log2
from typing import NamedTuple, Protocol

from digest.domain import ANNOUNCED_AS_NEW
from digest.ranking.draws import tie_breaker
from digest.ranking.trending import promise
from digest.ranking.trending.author_history import AuthorHistory
from digest.ranking.trending.described_paper import DescribedPaper
from digest.ranking.trending.evidence import HasEvidence
from digest.ranking.trending.usual_pace import UsualPace, archive_of, pace

# Votes are cast for the paper; comments follow them; stars may be older than the paper.
SIGNAL_WEIGHTS: Mapping[str, float] = {"upvotes": 1.0, "comments": 0.25, "stars": 0.25}

# What a sure promise is worth without any evidence.
PROMISE_WEIGHT = 0.5


class Scorable(DescribedPaper, HasEvidence, Protocol):
    """The fields of a paper that the score reads; a PaperRecord has them all."""


class TrendingScore(NamedTuple):
    """The score of a paper, and what it would be if nobody's name counted."""

    score: float
    without_names: float


def score_papers(
    candidates: Sequence[Scorable], history: AuthorHistory | None = None, usual: UsualPace | None = None
) -> list[TrendingScore]:
    """Return the score of each of a day's papers, from 0 to 1, in their order.

    *history* is None where names do not count, *usual* where no earlier paper is known.
    """
    model = promise.load_shipped()
    nameless = model.estimate(candidates, None)
    named = nameless if history is None else model.estimate(candidates, history)
    found = [measure_attention(each, usual or UsualPace()) for each in candidates]
    return [
        TrendingScore(_mix(attention, one), _mix(attention, other))
        for attention, one, other in zip(found, named, nameless, strict=True)
    ]


def rank_papers(
    candidates: Sequence[Scorable], day: date, history: AuthorHistory | None = None, usual: UsualPace | None = None
) -> list[tuple[int, TrendingScore]]:
    """Return (place in *candidates*, score) pairs, best first; replaced and withdrawn papers come last.

    Equal ones are drawn by lot: ordered by arXiv id, papers submitted in the evening would come last every day.
    """
    scores = score_papers(candidates, history, usual)

    def sort_key(place: int) -> tuple[bool, float, bytes]:
        candidate = candidates[place]
        return candidate.kind not in ANNOUNCED_AS_NEW, -scores[place].score, tie_breaker(candidate.arxiv_id, day)

    places = sorted(range(len(scores)), key=sort_key)
    return [(place, scores[place]) for place in places]


def measure_attention(candidate: Scorable, usual: UsualPace) -> float:
    """Return how much attention was observed, from 0 to below 1; 1/2 is the usual of a voted paper of the archive."""
    archive = archive_of(candidate.categories[0]) if candidate.categories else ""
    observed = sum(
        weight * log2(1 + pace(candidate.signals.get(kind, 0), candidate.signal_hours) / usual.of(archive, kind))
        for kind, weight in SIGNAL_WEIGHTS.items()
    )
    return observed / (1 + observed)


def _mix(attention: float, promised: float) -> float:
    """Return the score: attention, and of what it lacks a part that the promise fills."""
    return round(attention + (1 - attention) * PROMISE_WEIGHT * promised, 6)
