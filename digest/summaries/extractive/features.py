"""What speaks for a sentence, and for a shorter telling of it: the values that the trained weights are for."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digest.summaries.extractive import cue_phrases
from digest.summaries.extractive.compression import Compression
from digest.summaries.extractive.cue_phrases import Sentence
from digest.summaries.extractive.word_salience import WordModel, score_words, word_keys, word_places

# Words of a usual TL;DR in SciTLDR.
USUAL_TLDR_WORDS = 18


# From here on a word of the title tells something: at most one paper in four or five has it.
COMPRESSION_RARITY = 1.5


@dataclass(frozen=True)
class AbstractFeatures:
    """An abstract as the weights see it; `words` holds the keys of each sentence, `likely` what `salience` says."""

    said: Sequence[Sentence]
    words: Sequence[Sequence[str]]
    title: frozenset[str]
    first_cue: int
    first_proposal: int
    likely: Mapping[str, float]
    all_likely: float
    values: Sequence[float]
    order: Mapping[int, int]


def prepare_abstract(title: str, said: Sequence[Sentence], model: WordModel) -> AbstractFeatures:
    words, named = [word_keys(sentence.text) for sentence in said], word_keys(title)
    first_cue, first_proposal = (
        first_sentence_with(said, cue_phrases.CONTRIBUTION_CUES),
        first_sentence_with(said, cue_phrases.PROPOSAL_CUES),
    )
    likely = score_words(model, named, words, first_cue)
    values = [expected_rouge(sum(likely[key] for key in set(sentence)), len(sentence)) for sentence in words]
    best_first = sorted(range(len(said)), key=lambda place: -values[place])
    order = {place: rank for rank, place in enumerate(best_first)}
    telling = frozenset(key for key in named if model.rarity(key) > COMPRESSION_RARITY)
    total = sum(likely.values()) or 1.0
    return AbstractFeatures(said, words, telling, first_cue, first_proposal, likely, total, values, order)


def first_sentence_with(said: Sequence[Sentence], wanted: frozenset[str]) -> int:
    return next((place for place, sentence in enumerate(said) if sentence.has(wanted)), -1)


def expected_rouge(likely: float, words: int, usual: int = USUAL_TLDR_WORDS) -> float:
    """The ROUGE-1 F to be hoped for: *likely* words in common between a text of *words* and a TL;DR of *usual*."""
    return 2 * likely / (words + usual)


SENTENCE_FEATURES = (
    "first",
    "second",
    "last",
    "place",
    "depth",
    "sentences",
    "contribution",
    "proposal",
    "first contribution",
    "first proposal",
    "after contribution",
    "ours",
    "long",
    "short",
    "problem",
    "background",
    "method",
    "result",
    "notice",
    "experiments first",
    "linking",
    "dangling",
    "promise of the whole",
    "behind the best",
    "rank",
)


def sentence_values(paper: AbstractFeatures, place: int) -> tuple[float, ...]:
    """Return the values of a sentence whatever is cut from it, in the order of SENTENCE_FEATURES."""
    sentence, count = paper.said[place], len(paper.said)
    words, length = sentence.words, len(sentence.words)
    return (
        place == 0,
        place == 1,
        place == count - 1 and count > 1,
        place,
        place / max(count - 1, 1),
        count,
        sentence.has(cue_phrases.CONTRIBUTION_CUES),
        sentence.has(cue_phrases.PROPOSAL_CUES),
        place == paper.first_cue,
        place == paper.first_proposal,
        place - paper.first_cue if paper.first_cue >= 0 else -5,
        "we" in words or "our" in words,
        max(length - 30, 0) / 10,
        length < 10,
        sentence.has(cue_phrases.PROBLEM_CUES),
        sentence.has(cue_phrases.BACKGROUND_CUES),
        min(sentence.count(cue_phrases.METHOD_CUES), 3),
        min(sentence.count(cue_phrases.RESULT_CUES), 3),
        sentence.has(cue_phrases.NOTICE_CUES),
        sentence.first in cue_phrases.RESULT_STARTERS,
        sentence.first in cue_phrases.LINKING_STARTERS,
        sentence.dangles,
        paper.values[place],
        paper.values[place] - max(paper.values),
        min(paper.order[place], 10),
    )


COMPRESSION_FEATURES = (
    "promise, short",
    "promise",
    "likely words",
    "share likely",
    "share of the likely",
    "words",
    "off the usual",
    "title told",
    "title share",
    "title words",
    "kept",
    "left out",
    "without purpose",
    "without lead",
    "cut",
    "starts with we",
    "commas",
    "figures",
    "new",
)


class CompressionMeasure:
    """Measures the tellings of one sentence: the sums up to each word are made once, so that a telling is a look-up."""

    def __init__(self, paper: AbstractFeatures, base: str) -> None:
        self._paper = paper
        self._starts: list[int] = []
        self._likely, self._title = [0.0], [0]
        seen: set[str] = set()
        for word, start in word_places(base):
            new = word not in seen
            self._starts.append(start)
            self._likely.append(self._likely[-1] + (paper.likely.get(word, 0.0) if new else 0.0))
            self._title.append(self._title[-1] + (new and word in paper.title))
            seen.add(word)

    def values(self, telling: Compression) -> tuple[float, ...]:
        """Return the values of a compression in the order of COMPRESSION_FEATURES."""
        first, last = bisect_left(self._starts, telling.start), bisect_left(self._starts, telling.end)
        likely, title = self._likely[last] - self._likely[first], self._title[last] - self._title[first]
        return _values(self._paper, likely, title, last - first, len(self._starts), telling)


def whole_sentence_values(paper: AbstractFeatures, place: int) -> tuple[float, ...]:
    """Return what `CompressionMeasure` gives for the whole sentence, brackets and all."""
    words, text = paper.words[place], paper.said[place].text
    different = set(words)
    likely = sum(paper.likely[key] for key in different)
    whole = Compression(text, 0, len(text))
    return _values(paper, likely, len(different & paper.title), len(words), len(words), whole)


def _values(
    paper: AbstractFeatures, likely: float, title: int, count: int, of: int, telling: Compression
) -> tuple[float, ...]:
    words, text = max(count, 1), telling.text
    return (
        expected_rouge(likely, words, 12),
        expected_rouge(likely, words, 20),
        likely,
        likely / words,
        likely / paper.all_likely,
        count,
        abs(count - 20) / 10,
        title / max(len(paper.title), 1),
        title / words,
        title,
        count / max(of, 1),
        of - count,
        telling.without_purpose,
        telling.without_lead,
        telling.cut,
        text.startswith("We "),
        text.count(","),
        any(map(str.isdigit, text)),
        " novel " in text or " new " in text,
    )
