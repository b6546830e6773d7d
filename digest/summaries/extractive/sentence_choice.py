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
from digest.summaries.extractive.compression import Compression, compress, sentence_bases
from digest.summaries.extractive.cue_phrases import Sentence
from digest.summaries.extractive.features import (
    AbstractFeatures,
    CompressionMeasure,
    prepare_abstract,
    sentence_values,
    whole_sentence_values,
)
from digest.summaries.extractive.shortening import ELLIPSIS, shorten
from digest.summaries.extractive.weights import Weights

# Sentences whose tellings are compared: the best when told whole.
SENTENCES_COMPRESSED = 2

HABIT_SCORES = {
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
class ChosenSentence:
    place: int
    text: str
    score: float


def choose_sentence(title: str, said: Sequence[Sentence], limit: int, weights: Weights) -> ChosenSentence | None:
    """The best telling in at most *limit* words, or None where none can be told in so few. Of equals the first."""
    if not said:
        return None
    paper = prepare_abstract(title, said, weights.words)
    own = [
        _dot(weights.sentence, sentence_values(paper, place)) + habit_score(said[place]) for place in range(len(said))
    ]
    hopes = [own[place] + _dot(weights.telling, whole_sentence_values(paper, place)) for place in range(len(said))]
    order = sorted(range(len(said)), key=lambda place: -hopes[place])
    for some in (order[:SENTENCES_COMPRESSED], order[SENTENCES_COMPRESSED:]):
        found = [
            ChosenSentence(
                place, telling.text, own[place] + _dot(weights.telling, values) + _compression_habit_score(telling)
            )
            for place in some
            for telling, values in compression_candidates(paper, place, limit)
        ]
        if found:
            return max(found, key=lambda told: told.score)
    return None


def compression_candidates(
    paper: AbstractFeatures, place: int, limit: int
) -> Iterator[tuple[Compression, tuple[float, ...]]]:
    """The tellings of a sentence with their values; if none is short enough, its beginning."""
    some = False
    sentence = paper.said[place].text
    for base in sentence_bases(sentence):
        ruler = CompressionMeasure(paper, base)
        for telling in compress(base, limit):
            some = True
            yield telling, ruler.values(telling)
    if not some and (text := shorten(sentence, limit)):
        telling = Compression(text, 0, len(text), cut=True)
        yield telling, CompressionMeasure(paper, text).values(telling)


def habit_score(sentence: Sentence) -> float:
    text = sentence.text
    return (
        HABIT_SCORES["notice"] * sentence.has(cue_phrases.NOTICE_CUES)
        + HABIT_SCORES["question"] * text.endswith("?")
        + HABIT_SCORES["colon"] * text.endswith(":")
        + HABIT_SCORES["dangling"] * sentence.dangles
        + HABIT_SCORES["linking"] * (sentence.first in cue_phrases.LINKING_STARTERS)
        + HABIT_SCORES["of others"] * _is_about_others(sentence)
    )


def _is_about_others(sentence: Sentence) -> bool:
    """Return whether it is about what the field does or lacks, and not about this paper."""
    ours = "we" in sentence.words or "our" in sentence.words or sentence.has(cue_phrases.CONTRIBUTION_CUES)
    return not ours and (sentence.has(cue_phrases.BACKGROUND_CUES) or sentence.has(cue_phrases.PROBLEM_CUES))


def _compression_habit_score(telling: Compression) -> float:
    points_back = _POINTS_BACK.search(telling.text) is not None
    return HABIT_SCORES["cut off"] * telling.text.endswith(ELLIPSIS) + HABIT_SCORES["points back"] * points_back


def _dot(weights: Sequence[float], values: Sequence[float]) -> float:
    return float(sum(map(mul, weights, values)))
