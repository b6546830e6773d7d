"""The features of a sentence and of a compression of it, by name: what the trained weights weigh."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digest.summaries.extractive import cue_phrases
from digest.summaries.extractive.compression import Compression
from digest.summaries.extractive.cue_phrases import Sentence
from digest.summaries.extractive.word_salience import WordModel, locate_word_keys, score_words, word_keys

# Words of a usual TL;DR in SciTLDR.
USUAL_TLDR_WORDS = 18

# From here on a word of the title says something: at most one paper in four or five has it.
MIN_TITLE_WORD_RARITY = 1.5

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


@dataclass(frozen=True)
class AnalysedAbstract:
    """An abstract, and all that the features of its sentences are computed from."""

    sentences: Sequence[Sentence]
    # The keys of the words of each sentence.
    keys: Sequence[Sequence[str]]
    # The keys of the title's rarer words.
    title_keys: frozenset[str]
    # The first sentences that name a contribution and a proposal; -1 without one.
    first_contribution: int
    first_proposal: int
    # How likely the TL;DR uses each word, by key, and the sum of it.
    likely: Mapping[str, float]
    total_likely: float
    # The ROUGE that each sentence promises, and by its place the rank that this gives it.
    promises: Sequence[float]
    ranks: Mapping[int, int]


def analyse_abstract(title: str, sentences: Sequence[Sentence], model: WordModel) -> AnalysedAbstract:
    """Compute what all sentences of an abstract share."""
    keys, title_keys = [word_keys(sentence.text) for sentence in sentences], word_keys(title)
    first_contribution = first_sentence_with(sentences, cue_phrases.CONTRIBUTION_CUES)
    likely = score_words(model, title_keys, keys, first_contribution)
    promises = [expected_rouge(sum(likely[key] for key in set(each)), len(each)) for each in keys]
    best_first = sorted(range(len(sentences)), key=lambda place: -promises[place])
    return AnalysedAbstract(
        sentences=sentences,
        keys=keys,
        title_keys=frozenset(key for key in title_keys if model.rarity(key) > MIN_TITLE_WORD_RARITY),
        first_contribution=first_contribution,
        first_proposal=first_sentence_with(sentences, cue_phrases.PROPOSAL_CUES),
        likely=likely,
        total_likely=sum(likely.values()) or 1.0,
        promises=promises,
        ranks={place: rank for rank, place in enumerate(best_first)},
    )


def first_sentence_with(sentences: Sequence[Sentence], cues: frozenset[str]) -> int:
    """Return the place of the first sentence with one of *cues*; -1 without one."""
    return next((place for place, sentence in enumerate(sentences) if sentence.has(cues)), -1)


def expected_rouge(likely: float, words: int, usual: int = USUAL_TLDR_WORDS) -> float:
    """Return the ROUGE-1 F of a text of *words* with *likely* words in common with a TL;DR of *usual* words."""
    return 2 * likely / (words + usual)


def sentence_features(abstract: AnalysedAbstract, place: int) -> dict[str, float]:
    """Return SENTENCE_FEATURES of a sentence, in their order. They hold whatever is cut from it."""
    sentence, count = abstract.sentences[place], len(abstract.sentences)
    words, length = sentence.words, len(sentence.words)
    return {
        "first": place == 0,
        "second": place == 1,
        "last": place == count - 1 and count > 1,
        "place": place,
        "depth": place / max(count - 1, 1),
        "sentences": count,
        "contribution": sentence.has(cue_phrases.CONTRIBUTION_CUES),
        "proposal": sentence.has(cue_phrases.PROPOSAL_CUES),
        "first contribution": place == abstract.first_contribution,
        "first proposal": place == abstract.first_proposal,
        "after contribution": place - abstract.first_contribution if abstract.first_contribution >= 0 else -5,
        "ours": "we" in words or "our" in words,
        "long": max(length - 30, 0) / 10,
        "short": length < 10,
        "problem": sentence.has(cue_phrases.PROBLEM_CUES),
        "background": sentence.has(cue_phrases.BACKGROUND_CUES),
        "method": min(sentence.count(cue_phrases.METHOD_CUES), 3),
        "result": min(sentence.count(cue_phrases.RESULT_CUES), 3),
        "notice": sentence.has(cue_phrases.NOTICE_CUES),
        "experiments first": sentence.first in cue_phrases.RESULT_STARTERS,
        "linking": sentence.first in cue_phrases.LINKING_STARTERS,
        "dangling": sentence.dangles,
        "promise of the whole": abstract.promises[place],
        "behind the best": abstract.promises[place] - max(abstract.promises),
        "rank": min(abstract.ranks[place], 10),
    }


class CompressionMeasure:
    """Measures the compressions of one sentence.

    The sums up to each word are computed once, so that a compression takes two differences.
    """

    def __init__(self, abstract: AnalysedAbstract, base: str) -> None:
        self._abstract = abstract
        self._starts: list[int] = []
        self._likely, self._title_words = [0.0], [0]
        seen: set[str] = set()
        for key, start in locate_word_keys(base):
            is_new = key not in seen
            self._starts.append(start)
            self._likely.append(self._likely[-1] + (abstract.likely.get(key, 0.0) if is_new else 0.0))
            self._title_words.append(self._title_words[-1] + (is_new and key in abstract.title_keys))
            seen.add(key)

    def features(self, compression: Compression) -> dict[str, float]:
        """Return COMPRESSION_FEATURES of a compression of the sentence, in their order."""
        first, last = bisect_left(self._starts, compression.start), bisect_left(self._starts, compression.end)
        likely = self._likely[last] - self._likely[first]
        title_words = self._title_words[last] - self._title_words[first]
        return _compression_features(self._abstract, compression, likely, title_words, last - first, len(self._starts))


def whole_sentence_features(abstract: AnalysedAbstract, place: int) -> dict[str, float]:
    """Return COMPRESSION_FEATURES of the whole sentence, brackets and all, in their order."""
    keys, text = abstract.keys[place], abstract.sentences[place].text
    different = set(keys)
    likely = sum(abstract.likely[key] for key in different)
    whole = Compression(text, 0, len(text))
    return _compression_features(abstract, whole, likely, len(different & abstract.title_keys), len(keys), len(keys))


def _compression_features(
    abstract: AnalysedAbstract, compression: Compression, likely: float, title_words: int, count: int, base_count: int
) -> dict[str, float]:
    """Return the features of a compression that has *count* of the *base_count* words of its sentence."""
    words, text = max(count, 1), compression.text
    return {
        "promise, short": expected_rouge(likely, words, 12),
        "promise": expected_rouge(likely, words, 20),
        "likely words": likely,
        "share likely": likely / words,
        "share of the likely": likely / abstract.total_likely,
        "words": count,
        "off the usual": abs(count - 20) / 10,
        "title told": title_words / max(len(abstract.title_keys), 1),
        "title share": title_words / words,
        "title words": title_words,
        "kept": count / max(base_count, 1),
        "left out": base_count - count,
        "without purpose": compression.without_purpose,
        "without lead": compression.without_lead,
        "cut": compression.cut,
        "starts with we": text.startswith("We "),
        "commas": text.count(","),
        "figures": any(map(str.isdigit, text)),
        "new": " novel " in text or " new " in text,
    }
