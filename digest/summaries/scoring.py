"""How well a sentence serves as the one sentence that tells a paper.

The weights come from a ridge regression on the training half of SciTLDR (hundredths of ROUGE-1 F against the
sentences of authors and reviewers), rounded; what reads badly out of context (notices, questions, a sentence that
begins with "This") is punished more than that corpus asks for.
"""

from collections.abc import Mapping, Sequence

from digest.summaries import cues
from digest.summaries.cues import Sentence

WEIGHTS: Mapping[str, float] = {
    "title": 17,
    "title share": 11,
    "first contribution": 5.5,
    "proposal": 3.5,
    "ours": 2.5,
    "contribution": 2,
    "first": 0.7,
    "method": 0.5,
    "long": -0.5,
    "digits": -1,
    "second": -1,
    "last": -0.5,
    "depth": -1,
    "linking": -1,
    "background": -1.5,
    "problem": -1.5,
    "experiments first": -3,
    "dangling": -2,
    "short": -6,
    "very short": -4,
    "question": -5,
    "colon": -6,
    "notice": -8,
}


def best(sentences: Sequence[Sentence], title: str) -> list[int]:
    """The places of *sentences*, the best one first; of equals the earlier."""
    wanted = cues.content_words(title)
    first_cue = next((place for place, sentence in enumerate(sentences) if sentence.has(cues.CONTRIBUTION)), -1)
    scores = [_score(features(sentences, place, wanted, first_cue)) for place in range(len(sentences))]
    return sorted(range(len(sentences)), key=lambda place: -scores[place])


def _score(values: Mapping[str, float]) -> float:
    return sum(weight * values[name] for name, weight in WEIGHTS.items())


def features(sentences: Sequence[Sentence], place: int, title: frozenset[str], first_cue: int) -> dict[str, float]:
    sentence, words, count = sentences[place], sentences[place].words, len(sentences)
    length = len(words)
    return {
        "first": place == 0,
        "second": place == 1,
        "last": place == count - 1 and count > 1,
        "depth": place / max(count - 1, 1),
        "contribution": sentence.has(cues.CONTRIBUTION),
        "proposal": sentence.has(cues.PROPOSAL),
        "first contribution": place == first_cue,
        "ours": "we" in words or "our" in words,
        "title": len(title.intersection(words)) / max(len(title), 1),
        "title share": len(title.intersection(words)) / max(length, 1),
        "short": length < 10,
        "very short": length < 6,
        "long": max(length - 30, 0) / 10,
        "problem": sentence.has(cues.PROBLEM),
        "background": sentence.has(cues.BACKGROUND),
        "method": min(sentence.count(cues.METHOD), 3),
        "notice": sentence.has(cues.NOTICE),
        "question": sentence.text.endswith("?"),
        "colon": sentence.text.endswith(":"),
        "experiments first": sentence.first in cues.RESULT_STARTERS,
        "linking": sentence.first in cues.LINKING_STARTERS,
        "dangling": sentence.first in cues.DANGLING_STARTERS and words[:2] not in (("this", "paper"), ("this", "work")),
        "digits": any(word.isdigit() for word in words),
    }
