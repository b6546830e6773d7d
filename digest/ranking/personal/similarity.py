"""Computes how similar each paper of a day is to another paper, of any day: from 0 to 1.

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
# The heaviest words of a paper say its subject. The others are in many papers, and would take most of the time.
MAX_WORDS = 100

# A shared name is only a hint, as several people may have it. It takes the similarity this share of the way to 1.
SHARED_AUTHOR_SIMILARITY = 0.1

# Marked papers whose similarities are cached: 4 bytes for each paper of the day. The least used ones are evicted.
MAX_CACHED_PAPERS = 4096


@dataclass(frozen=True, slots=True)
class MarkedPaper:
    """A paper that a reader marked `more` or `less`."""

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
        self._ranks_by_author = _index_authors(authors)
        self.to = lru_cache(MAX_CACHED_PAPERS)(self._to)

    def _to(self, marked: MarkedPaper) -> Sequence[float]:
        """Return how similar each paper of the day is to *marked*, by rank, from 0 to 1."""
        found = [0.0] * self._size
        for word, weight in self._vector(_count_words(tokens(marked.title), tokens(marked.abstract))).items():
            for rank, other in self._weights.get(word, ()):
                found[rank] += weight * other
        for rank in {rank for name in _author_keys(marked.authors) for rank in self._ranks_by_author.get(name, ())}:
            found[rank] += SHARED_AUTHOR_SIMILARITY * (1 - found[rank])
        return array("f", [min(value, 1.0) for value in found])

    def _vector(self, counted: Mapping[str, int]) -> dict[str, float]:
        """Return the weights of the heaviest words, as a vector of length 1, those that the day lacks included."""
        weights = [(word, (1 + log(times)) * self._rarity(word)) for word, times in counted.items()]
        heaviest = nlargest(MAX_WORDS, weights, key=itemgetter(1))
        length = hypot(*(weight for _, weight in heaviest)) or 1.0
        return {word: weight / length for word, weight in heaviest}

    def _rarity(self, word: str) -> float:
        """Return the inverse document frequency of BM25: above 0 for every word, however small the day."""
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
    """Return full names as they are compared. A name of one word is left out: it identifies nobody."""
    return {key for name in names if len(key := tuple(words(name))) > 1}
