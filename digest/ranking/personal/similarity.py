"""How much each paper of a day resembles another paper, whichever day that one is of: from 0 to 1.

It is the cosine of their words weighed by tf-idf: a word counts for more the fewer papers of the day hold it. Titles
count twice. On real days (400 readers, 42 days) two papers of different subjects come to 0.02, of one field to 0.05.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import nlargest
from math import hypot, log, log1p
from operator import itemgetter

from subscriptions.filters.language import tokens, words

TITLE_WEIGHT = 2
# The heaviest words of a paper are its subject; the rest are everybody's, and would cost most of the time.
MAX_WORDS = 100

# A name in common is a hint, and no more: names are not people. It takes a paper that much nearer to 1.
SHARED_AUTHOR_SIMILARITY = 0.1

# Papers kept compared with the day, 4 bytes for each of the day's; the least used ones are forgotten.
MAX_CACHED_PAPERS = 4096


@dataclass(frozen=True, slots=True)
class MarkedPaper:
    """A paper of which a reader wanted more, or less."""

    arxiv_id: str
    title: str
    abstract: str
    authors: tuple[str, ...] = ()


class Similarity:
    """The papers of a day, ready to be compared with others."""

    def __init__(self, texts: Sequence[tuple[Sequence[str], Sequence[str]]], authors: Sequence[Sequence[str]]) -> None:
        """*texts* holds the words of each paper's title and abstract, *authors* the names, both by rank."""
        self._size = len(texts)
        counted = [_count_words(*text) for text in texts]
        self._papers_with = Counter(word for each in counted for word in each)
        self._weights: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for rank, each in enumerate(counted):
            for word, weight in self._vector(each).items():
                self._weights[word].append((rank, weight))
        self._wrote = _index_authors(authors)
        self.to = lru_cache(MAX_CACHED_PAPERS)(self._to)

    def _to(self, marked: MarkedPaper) -> Sequence[float]:
        """Return how much each paper of the day resembles *marked*, by rank, from 0 to 1."""
        found = [0.0] * self._size
        for word, weight in self._vector(_count_words(tokens(marked.title), tokens(marked.abstract))).items():
            for rank, other in self._weights.get(word, ()):
                found[rank] += weight * other
        for rank in {rank for name in _author_keys(marked.authors) for rank in self._wrote.get(name, ())}:
            found[rank] += SHARED_AUTHOR_SIMILARITY * (1 - found[rank])
        return array("f", [min(value, 1.0) for value in found])

    def _vector(self, counted: Mapping[str, int]) -> dict[str, float]:
        """The heaviest words with their weights, of length 1. Words that the day lacks belong to it as well."""
        weights = [(word, (1 + log(times)) * self._rarity(word)) for word, times in counted.items()]
        kept = nlargest(MAX_WORDS, weights, key=itemgetter(1))
        length = hypot(*(weight for _, weight in kept)) or 1.0
        return {word: weight / length for word, weight in kept}

    def _rarity(self, word: str) -> float:
        """Above 0 for every word, however small the day (the idf of BM25)."""
        papers = self._papers_with[word]
        return log1p((self._size - papers + 0.5) / (papers + 0.5))


def _count_words(title: Iterable[str], abstract: Iterable[str]) -> Counter[str]:
    found = Counter(abstract)
    for word in title:
        found[word] += TITLE_WEIGHT
    return found


def _index_authors(lists: Sequence[Sequence[str]]) -> dict[tuple[str, ...], list[int]]:
    found: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for rank, names in enumerate(lists):
        for name in _author_keys(names):
            found[name].append(rank)
    return dict(found)


def _author_keys(names: Iterable[str]) -> set[tuple[str, ...]]:
    """Full names, as they are compared: a single word is nobody in particular."""
    return {key for name in names if len(key := tuple(words(name))) > 1}
