"""The one sentence that tells a paper, as short as serves it.

The weights were trained on SciTLDR (Cachola et al. 2020, "TLDR: Extreme Summarization of Scientific Documents"): a
ridge regression on the ROUGE-1 F of a sentence, or a part of it, against what authors wrote; see `training`. Beyond
that corpus `HABITS`, in the same unit, hold back what reads badly where it stands alone: notices, questions, what
points back to a sentence that is not there. They also keep other fields from being told by what others did.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import mul

from digest.summaries.extractive import cue_phrases
from digest.summaries.extractive.compression import Telling, bases, tellings
from digest.summaries.extractive.cue_phrases import Sentence
from digest.summaries.extractive.features import Paper, Ruler, look, sentence_values, whole_values
from digest.summaries.extractive.shortening import ELLIPSIS, shorten
from digest.summaries.extractive.weights import Weights

# Sentences whose tellings are compared: the best when told whole.
LOOKED_AT = 2

HABITS = {
    "notice": -0.08,
    "question": -0.05,
    "colon": -0.06,
    "dangling": -0.03,
    "linking": -0.01,
    "of others": -0.05,
    "cut off": -0.06,
    "points back": -0.03,
}
_POINTS_BACK = re.compile(
    r"\b(?:this|these|those) (?!(?:paper|work|article|study|letter|note|survey|review|thesis|report|manuscript|chapter"
    r"|talk|research|contribution|of|in|from|with|that|who|where|which|obtained|is)\b)[a-z]|\bthe following\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Told:
    place: int
    text: str
    score: float


def tell(title: str, said: Sequence[Sentence], limit: int, weights: Weights) -> Told | None:
    """The best telling in at most *limit* words, or None where none can be told in so few. Of equals the first."""
    if not said:
        return None
    paper = look(title, said, weights.words)
    own = [_dot(weights.sentence, sentence_values(paper, place)) + habits(said[place]) for place in range(len(said))]
    hopes = [own[place] + _dot(weights.telling, whole_values(paper, place)) for place in range(len(said))]
    order = sorted(range(len(said)), key=lambda place: -hopes[place])
    for some in (order[:LOOKED_AT], order[LOOKED_AT:]):
        found = [
            Told(place, telling.text, own[place] + _dot(weights.telling, values) + _habit(telling))
            for place in some
            for telling, values in candidates(paper, place, limit)
        ]
        if found:
            return max(found, key=lambda told: told.score)
    return None


def candidates(paper: Paper, place: int, limit: int) -> Iterator[tuple[Telling, tuple[float, ...]]]:
    """The tellings of a sentence with their values; if none is short enough, its beginning."""
    some = False
    sentence = paper.said[place].text
    for base in bases(sentence):
        ruler = Ruler(paper, base)
        for telling in tellings(base, limit):
            some = True
            yield telling, ruler.values(telling)
    if not some and (text := shorten(sentence, limit)):
        telling = Telling(text, 0, len(text), cut=True)
        yield telling, Ruler(paper, text).values(telling)


def habits(sentence: Sentence) -> float:
    text = sentence.text
    return (
        HABITS["notice"] * sentence.has(cue_phrases.NOTICE)
        + HABITS["question"] * text.endswith("?")
        + HABITS["colon"] * text.endswith(":")
        + HABITS["dangling"] * sentence.dangles
        + HABITS["linking"] * (sentence.first in cue_phrases.LINKING_STARTERS)
        + HABITS["of others"] * _of_others(sentence)
    )


def _of_others(sentence: Sentence) -> bool:
    """What the field does, or lacks, and not what this paper did."""
    ours = "we" in sentence.words or "our" in sentence.words or sentence.has(cue_phrases.CONTRIBUTION)
    return not ours and (sentence.has(cue_phrases.BACKGROUND) or sentence.has(cue_phrases.PROBLEM))


def _habit(telling: Telling) -> float:
    points_back = _POINTS_BACK.search(telling.text) is not None
    return HABITS["cut off"] * telling.text.endswith(ELLIPSIS) + HABITS["points back"] * points_back


def _dot(weights: Sequence[float], values: Sequence[float]) -> float:
    return float(sum(map(mul, weights, values)))
