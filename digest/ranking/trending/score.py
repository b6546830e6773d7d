"""How much attention a paper gets, from 0 to 1: signals where there are any, a careful guess otherwise.

Signals weigh up to 0.8 and grow with the logarithm, as votes do: the tenth vote says more than the hundred and tenth.
What is known without signals weighs up to 0.2 together, so it orders the papers nobody voted on, and those alone
where votes are few.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import blake2b
from math import log1p
from typing import Protocol

from digest.domain import ANNOUNCED_AS_NEW, Kind
from digest.ranking.trending import likelihood
from digest.ranking.trending.likelihood import Described

# The value at which more of a signal says nothing more.
SATURATION: Mapping[str, int] = {"upvotes": 300, "comments": 40, "stars": 5000}

# Votes are cast for the paper; comments follow them; stars may be older than the paper.
WEIGHTS: Mapping[str, float] = {"upvotes": 0.5, "comments": 0.1, "stars": 0.2}

# Code can be tried at once; what is new was in no earlier edition; likelihood.py says what its text promises.
WITH_CODE, ANNOUNCED_NEW, LIKELY = 0.03, 0.05, 0.12

# From here on a signal may be told to a reader as a reason.
NOTEWORTHY: Mapping[str, int] = {"upvotes": 5, "comments": 5, "stars": 50}


class Scorable(Described, Protocol):
    """What the score looks at; a PaperRecord has it all."""

    @property
    def arxiv_id(self) -> str: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def code_url(self) -> str: ...
    @property
    def signals(self) -> Mapping[str, int]: ...


def score(candidates: Sequence[Scorable]) -> list[float]:
    """The score of each candidate, in their order. It depends on nothing but the candidate itself."""
    return [round(_attention(each) + _promise(each), 6) for each in candidates]


def order(candidates: Sequence[Scorable], day: date) -> list[tuple[int, float]]:
    """(Place in *candidates*, score), best first, replaced and withdrawn papers after all others.

    Equal ones are drawn by lot: by arXiv id, who submits in the evening would stand last every day.
    """
    scores = score(candidates)
    places = sorted(range(len(scores)), key=lambda place: _standing(candidates[place], scores[place], day))
    return [(place, scores[place]) for place in places]


def _standing(candidate: Scorable, value: float, day: date) -> tuple[bool, float, bytes]:
    return (candidate.kind not in ANNOUNCED_AS_NEW, -value, lot(candidate.arxiv_id, day))


def lot(arxiv_id: str, day: date) -> bytes:
    """What decides between equals: another one every day, the same however often it is drawn."""
    return blake2b(f"{day} {arxiv_id}".encode(), digest_size=8).digest()


def evidence(candidate: Scorable) -> str:
    """What there is to say for a paper's being talked about: `120 upvotes, 300 stars`; empty when there is nothing."""
    values = candidate.signals
    return ", ".join(f"{values[kind]} {kind}" for kind, least in NOTEWORTHY.items() if values.get(kind, 0) >= least)


def _attention(candidate: Scorable) -> float:
    return sum(weight * _damped(kind, candidate.signals.get(kind, 0)) for kind, weight in WEIGHTS.items())


def _damped(kind: str, value: int) -> float:
    """The logarithm of a signal as a share of the point where it saturates, 0 to 1."""
    return min(1.0, log1p(max(0, value)) / log1p(SATURATION[kind]))


def _promise(candidate: Scorable) -> float:
    return (
        (WITH_CODE if candidate.code_url else 0.0)
        + (ANNOUNCED_NEW if candidate.kind == "new" else 0.0)
        + LIKELY * likelihood.shipped().of(candidate)
    )
