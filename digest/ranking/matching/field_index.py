"""Where in a day's papers the words of a filter stand, and so how strongly it speaks for each of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, reduce
from operator import and_, or_
from typing import NamedTuple

from digest.domain import ANNOUNCED_AS_NEW, PaperRecord
from digest.ranking.matching.author_index import Authors
from digest.ranking.matching.inverted_index import Postings
from subscriptions.filters.language import And, Category, Filter, Not, Or, Term, fold, positive_terms, tokens
from subscriptions.taxonomy import categories


class Levels(NamedTuple):
    """Four sets of papers, each within the one before it: all that match, then those that match more strongly."""

    # The words stand in the abstract at least.
    anywhere: int
    # Several times in the abstract, or better.
    often: int
    # In the title, or better.
    title: int
    # It is the name of an author.
    author: int


NOWHERE = Levels(0, 0, 0, 0)

# Words kept looked up; a day has some 15,000.
REMEMBERED = 1 << 16


class Fields:
    """The titles, abstracts, authors and categories of a day, by rank. A set of papers is an int, as in DayIndex."""

    def __init__(self, papers: Sequence[PaperRecord]) -> None:
        self.all = sum(1 << rank for rank, paper in enumerate(papers) if paper.kind in ANNOUNCED_AS_NEW)
        self.titles = Postings([tokens(paper.title) for paper in papers])
        self.abstracts = Postings([tokens(paper.abstract) for paper in papers])
        self.authors = Authors([paper.authors for paper in papers])
        self._categories = _by_category([(*paper.categories, paper.section) for paper in papers])
        self._primary = _by_category([paper.categories[:1] or (paper.section,) for paper in papers])
        self.word = lru_cache(REMEMBERED)(lambda word: self.anywhere((word,)))

    def category(self, code: str) -> int:
        """The papers in a category or an archive, cross-listed ones too; a paper's aliases count."""
        return _of(self._categories, code)

    def primary(self, code: str) -> int:
        """The papers that have it as their first category."""
        return _of(self._primary, code)

    def in_title(self, word: str) -> Levels:
        found = self.titles.word(fold(word))
        return Levels(found, found, found, 0)

    def by_author(self, words: tuple[str, ...]) -> Levels:
        return Levels(*[self.authors.wrote(words)] * 4)

    def pair(self, pair: str) -> Levels:
        """What `anywhere` says of two folded words with a space between, the authors left aside."""
        title, once = self.titles.pairs[0].get(pair, 0), self.abstracts.pairs[0].get(pair, 0)
        if not once | title:
            return NOWHERE
        return Levels(once | title, self.abstracts.pairs[1].get(pair, 0) | title, title, 0)

    def levels(self, wanted: Filter) -> Levels:
        """What must all be there is as strong as its weakest part, one thing or the other as its strongest.

        What is left out, and a category beside words, decide what matches but not how strongly.
        """
        match wanted:
            case Term():
                return self._term(wanted)
            case Category(code):
                primary = self.primary(code)
                return Levels(self.category(code), primary, primary, 0)
            case Not(part):
                return NOWHERE._replace(anywhere=self.all & ~self.levels(part).anywhere)
            case And(parts):
                return self._all_of(parts)
            case Or(parts):
                return _combined(or_, map(self.levels, parts))

    def _all_of(self, parts: Sequence[Filter]) -> Levels:
        found = [(part, self.levels(part)) for part in parts]
        matched = reduce(and_, (levels.anywhere for _, levels in found))
        worded = [levels for part, levels in found if _has_words(part)]
        speaking = worded or [levels for part, levels in found if any(positive_terms(part))]
        return Levels(*(matched & level for level in _combined(and_, speaking))) if speaking else _only(matched)

    def anywhere(self, words: tuple[str, ...]) -> Levels:
        """Of words in the title, the abstract, or a name among the authors: a full one is as good as a title."""
        folded = tuple(map(fold, words))
        title, once = self.titles.phrase(folded), self.abstracts.phrase(folded)
        often = title | (self.abstracts.often(folded, once) if once else 0)
        name = self.authors.wrote(words)
        full = name if len(words) > 1 else 0
        return Levels(once | title | name, often | full, title | full, full)

    def _term(self, term: Term) -> Levels:
        match term.field:
            case "any":
                return self.anywhere(term.words)
            case "author":
                return self.by_author(term.words)
        folded = tuple(map(fold, term.words))
        if term.field == "title":
            found = self.titles.phrase(folded)
            return Levels(found, found, found, 0)
        once = self.abstracts.phrase(folded)
        return Levels(once, self.abstracts.often(folded, once), 0, 0)


def _combined(sign: Callable[[int, int], int], parts: Iterable[Levels]) -> Levels:
    return Levels(*(reduce(sign, column) for column in zip(*parts, strict=True)))


def _only(matched: int) -> Levels:
    return NOWHERE._replace(anywhere=matched)


def _has_words(part: Filter) -> bool:
    return any(isinstance(term, Term) for term in positive_terms(part))


def _of(table: dict[str, int], code: str) -> int:
    return reduce(or_, (table.get(each, 0) for each in categories.expand(code) or (code,)), 0)


def _by_category(lists: Sequence[Sequence[str]]) -> dict[str, int]:
    bits: defaultdict[str, int] = defaultdict(int)
    for rank, codes in enumerate(lists):
        for code in codes:
            bits[categories.canonical(code) or code] |= 1 << rank
    return dict(bits)
