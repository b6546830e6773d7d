"""Chooses the one sentence that tells a paper, as short as serves it.

The weights were trained on SciTLDR (Cachola et al. 2020, "TLDR: Extreme Summarization of Scientific Documents"): a
ridge regression on the ROUGE-1 F of a sentence, or a part of it, against what authors wrote; see
research/train_extractive.py. Beyond that corpus `HABIT_SCORES`, in the same unit, hold back what reads badly where it
stands alone: notices, questions, what points back to a sentence that is not there. They also keep other fields from
being told by what others did.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from digest.summaries.extractive import cue_phrases
from digest.summaries.extractive.compression import Compression, compress, sentence_bases
from digest.summaries.extractive.cue_phrases import Sentence
from digest.summaries.extractive.features import (
    AnalysedAbstract,
    CompressionMeasure,
    analyse_abstract,
    sentence_features,
    whole_sentence_features,
)
from digest.summaries.extractive.flaws import Flaw, find_flaws, find_others
from digest.summaries.extractive.shortening import shorten
from digest.summaries.extractive.weights import Weights

# Sentences whose compressions are compared: the best when told whole.
SENTENCES_COMPRESSED = 2

HABIT_SCORES = {
    "notice": -0.08,
    "question": -0.05,
    "colon": -0.06,
    "dangling": -0.03,
    "linking": -0.01,
    "of others": -0.05,
}
# What each flaw takes.
FLAW_SCORES = {
    Flaw.EMPTY: -0.1,
    Flaw.NAME_ALONE: -0.2,
    Flaw.BROKEN: -0.15,
    Flaw.POINTS_BACK: -0.15,
    Flaw.UNNAMED: -0.05,
    Flaw.OF_OTHERS: -0.15,
}


@dataclass(frozen=True, slots=True)
class ChosenSentence:
    # Its place in the abstract.
    place: int
    text: str
    score: float
    is_flawless: bool


def choose_sentence(
    title: str, sentences: Sequence[Sentence], max_words: int, weights: Weights
) -> ChosenSentence | None:
    """Return the best compression in at most *max_words*, the first of equals; None where no sentence has one."""
    if not sentences:
        return None
    abstract, places = analyse_abstract(title, sentences, weights.words), range(len(sentences))
    of_others = find_others(sentences)
    base_scores = [
        _weigh(weights.sentence, sentence_features(abstract, place))
        + habit_score(sentences[place])
        + FLAW_SCORES[Flaw.OF_OTHERS] * of_others[place]
        for place in places
    ]
    whole_scores = [
        base_scores[place] + _weigh(weights.compression, whole_sentence_features(abstract, place)) for place in places
    ]
    order = sorted(places, key=lambda place: -whole_scores[place])
    best: ChosenSentence | None = None
    for count, place in enumerate(order):
        if count >= SENTENCES_COMPRESSED and best is not None and best.is_flawless:
            break
        for compression, features in compression_candidates(abstract, place, max_words):
            flaws = find_flaws(compression.text)
            score = (
                base_scores[place] + _weigh(weights.compression, features) + sum(FLAW_SCORES[flaw] for flaw in flaws)
            )
            if best is None or score > best.score:
                best = ChosenSentence(place, compression.text, score, not flaws and not of_others[place])
    return best


def compression_candidates(
    abstract: AnalysedAbstract, place: int, max_words: int
) -> Iterator[tuple[Compression, dict[str, float]]]:
    """Yield the compressions of a sentence with their features; if none is short enough, its beginning."""
    any_found = False
    sentence = abstract.sentences[place].text
    for base in sentence_bases(sentence):
        measure = CompressionMeasure(abstract, base)
        for compression in compress(base, max_words):
            any_found = True
            yield compression, measure.features(compression)
    if not any_found and (text := shorten(sentence, max_words)):
        compression = Compression(text, 0, len(text), cut=True)
        yield compression, CompressionMeasure(abstract, text).features(compression)


def habit_score(sentence: Sentence) -> float:
    """Return what HABIT_SCORES take from a sentence, however it is compressed."""
    text = sentence.text
    is_ours = "we" in sentence.words or "our" in sentence.words or sentence.has(cue_phrases.CONTRIBUTION_CUES)
    is_of_others = not is_ours and (sentence.has(cue_phrases.BACKGROUND_CUES) or sentence.has(cue_phrases.PROBLEM_CUES))
    return (
        HABIT_SCORES["notice"] * sentence.has(cue_phrases.NOTICE_CUES)
        + HABIT_SCORES["question"] * text.endswith("?")
        + HABIT_SCORES["colon"] * text.endswith(":")
        + HABIT_SCORES["dangling"] * sentence.dangles
        + HABIT_SCORES["linking"] * (sentence.first in cue_phrases.LINKING_STARTERS)
        + HABIT_SCORES["of others"] * is_of_others
    )


def _weigh(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    """Return the sum of *features*, each times its weight."""
    return float(sum([weights[name] * value for name, value in features.items()]))
