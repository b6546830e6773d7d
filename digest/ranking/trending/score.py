"""Scores the attention that a paper gets, from 0 to 1: before the votes by its promise, then by what was observed.

    observed   = sum of WEIGHT × log2(1 + pace / usual pace of the archive)  over upvotes, comments and stars
    attention  = observed / (1 + observed)
    score      = attention + (1 - attention) × promise / 2

The pace is what a day brings (usual_pace.py). A paper that gets upvotes as papers of its archive usually do, if they
get any, has attention 1/2. So evidence takes over as it arrives, and none leaves half of the promise (promise.py).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import blake2b
from math import log2
from typing import NamedTuple, Protocol

from digest.domain import ANNOUNCED_AS_NEW, AnnouncementKind
from digest.ranking.trending import promise
from digest.ranking.trending.author_history import AuthorHistory
from digest.ranking.trending.described_paper import DescribedPaper
from digest.ranking.trending.usual_pace import UsualPace, archive_of, pace

# Votes are cast for the paper; comments follow them; stars may be older than the paper.
SIGNAL_WEIGHTS: Mapping[str, float] = {"upvotes": 1.0, "comments": 0.25, "stars": 0.25}

# What a sure promise is worth without any evidence.
PROMISE_WEIGHT = 0.5

# From here on a signal is shown to readers as a reason.
MIN_EVIDENCE: Mapping[str, int] = {"upvotes": 5, "comments": 5, "stars": 50}
# Votes are cast in this time as a rule; of older papers the number says enough.
MAX_EVIDENCE_HOURS = 24 * 14


class HasEvidence(Protocol):
    """The fields that hold what was observed of a paper; a PaperRecord has them."""

    @property
    def kind(self) -> AnnouncementKind: ...
    @property
    def signals(self) -> Mapping[str, int]: ...
    @property
    def signal_hours(self) -> int: ...


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


def tie_breaker(arxiv_id: str, day: date) -> bytes:
    """Return what decides between equals: different every day, the same however often it is computed."""
    return blake2b(f"{day} {arxiv_id}".encode(), digest_size=8).digest()


def measure_attention(candidate: Scorable, usual: UsualPace) -> float:
    """Return how much attention was observed, from 0 to below 1; 1/2 is the usual of a voted paper of the archive."""
    archive = archive_of(candidate.categories[0]) if candidate.categories else ""
    observed = sum(
        weight * log2(1 + pace(candidate.signals.get(kind, 0), candidate.signal_hours) / usual.of(archive, kind))
        for kind, weight in SIGNAL_WEIGHTS.items()
    )
    return observed / (1 + observed)


def describe_evidence(candidate: HasEvidence) -> str:
    """Return the evidence that a paper is talked about, such as `12 upvotes in 6 hours, 300 stars`; empty without any.

    Votes of a new paper were cast since its announcement; those of others, and stars, may be older.
    """
    values = candidate.signals
    found = {kind: values[kind] for kind, least in MIN_EVIDENCE.items() if values.get(kind, 0) >= least}
    since = _describe_time(candidate.signal_hours) if candidate.kind == "new" else ""
    return ", ".join(f"{value} {kind}{since if kind == 'upvotes' else ''}" for kind, value in found.items())


def _describe_time(hours: int) -> str:
    if not 0 < hours <= MAX_EVIDENCE_HOURS:
        return ""
    return f" in {hours} hours" if hours <= 48 else f" in {hours // 24} days"


def _mix(attention: float, promised: float) -> float:
    """Return the score: attention, and of what it lacks a part that the promise fills."""
    return round(attention + (1 - attention) * PROMISE_WEIGHT * promised, 6)
