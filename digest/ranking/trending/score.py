"""Scores the attention that a paper gets, from 0 to 1: by signals where there are any, else by a careful guess.

Signals weigh up to 0.8 and grow with the logarithm, as votes do: the tenth vote says more than the hundred and tenth.
All that is known without signals weighs up to 0.2, so it orders the papers nobody voted on, and those alone
where votes are few.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import blake2b
from math import log1p
from typing import Protocol

from digest.domain import ANNOUNCED_AS_NEW, AnnouncementKind
from digest.ranking.trending import likelihood
from digest.ranking.trending.likelihood import PaperDescription

# The value at which more of a signal says nothing more.
SIGNAL_SATURATION: Mapping[str, int] = {"upvotes": 300, "comments": 40, "stars": 5000}

# Votes are cast for the paper; comments follow them; stars may be older than the paper.
SIGNAL_WEIGHTS: Mapping[str, float] = {"upvotes": 0.5, "comments": 0.1, "stars": 0.2}

# A new paper was in no earlier edition; likelihood.py rates the text, which says whether there is code.
NEW_BONUS, LIKELIHOOD_WEIGHT = 0.05, 0.15

# From here on a signal is shown to readers as a reason.
MIN_EVIDENCE: Mapping[str, int] = {"upvotes": 5, "comments": 5, "stars": 50}


class Scorable(PaperDescription, Protocol):
    """The fields of a paper that the score reads; a PaperRecord has them all."""

    @property
    def arxiv_id(self) -> str: ...
    @property
    def kind(self) -> AnnouncementKind: ...
    @property
    def signals(self) -> Mapping[str, int]: ...


def score_papers(candidates: Sequence[Scorable]) -> list[float]:
    """Return the score of each candidate, from 0 to 1, in their order. It depends on the candidate alone."""
    return [round(_score_attention(each) + _score_promise(each), 6) for each in candidates]


def rank_papers(candidates: Sequence[Scorable], day: date) -> list[tuple[int, float]]:
    """Return (place in *candidates*, score) pairs, best first; replaced and withdrawn papers come last.

    Equal ones are drawn by lot: ordered by arXiv id, papers submitted in the evening would come last every day.
    """
    scores = score_papers(candidates)

    def sort_key(place: int) -> tuple[bool, float, bytes]:
        candidate = candidates[place]
        return candidate.kind not in ANNOUNCED_AS_NEW, -scores[place], tie_breaker(candidate.arxiv_id, day)

    places = sorted(range(len(scores)), key=sort_key)
    return [(place, scores[place]) for place in places]


def tie_breaker(arxiv_id: str, day: date) -> bytes:
    """Return what decides between equals: different every day, the same however often it is computed."""
    return blake2b(f"{day} {arxiv_id}".encode(), digest_size=8).digest()


def describe_evidence(candidate: Scorable) -> str:
    """Return the evidence that a paper is talked about, such as `120 upvotes, 300 stars`; empty without any."""
    values = candidate.signals
    return ", ".join(f"{values[kind]} {kind}" for kind, least in MIN_EVIDENCE.items() if values.get(kind, 0) >= least)


def _score_attention(candidate: Scorable) -> float:
    return sum(weight * _damp_signal(kind, candidate.signals.get(kind, 0)) for kind, weight in SIGNAL_WEIGHTS.items())


def _damp_signal(kind: str, value: int) -> float:
    """Return the logarithm of a signal as a share of that at which it saturates, from 0 to 1."""
    return min(1.0, log1p(max(0, value)) / log1p(SIGNAL_SATURATION[kind]))


def _score_promise(candidate: Scorable) -> float:
    return (NEW_BONUS if candidate.kind == "new" else 0.0) + LIKELIHOOD_WEIGHT * likelihood.load_shipped().of(candidate)
