"""Finds where in a day's papers the words of a filter stand, and so how strongly it matches each of them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, lru_cache, reduce
from operator import and_, or_
from typing import NamedTuple

from digest.domain import ANNOUNCED_AS_NEW, PaperRecord
from digest.ranking.matching.author_index import AuthorIndex
from digest.ranking.matching.inverted_index import InvertedIndex
from subscriptions.filters.language import And, CategoryTerm, Filter, Not, Or, Term, fold, positive_terms, tokens
from subscriptions.taxonomy import categories


class MatchLevels(NamedTuple):
    """Four sets of papers, each within the one before it: all that match, then those that match more strongly."""

    # The words stand in the abstract at least.
    anywhere: int
    # Several times in the abstract, or better.
    often: int
    # In the title, or better.
    title: int
    # It is the name of an author.
    author: int


NO_MATCH = MatchLevels(0, 0, 0, 0)

# A day has some 15,000 distinct words.
MAX_CACHED_TERMS = 1 << 16


class FieldIndex:
    """The titles, abstracts, authors and categories of a day, by rank. A set of papers is an int, as in DayIndex."""

    def __init__(self, papers: Sequence[PaperRecord]) -> None:
        self.all = sum(1 << rank for rank, paper in enumerate(papers) if paper.kind in ANNOUNCED_AS_NEW)
        self.titles = InvertedIndex([tokens(paper.title) for paper in papers])
        self.abstracts = InvertedIndex([tokens(paper.abstract) for paper in papers])
        self.authors = AuthorIndex([paper.authors for paper in papers])
        self._papers = papers
        self._categories = _index_categories([(*paper.categories, paper.section) for paper in papers])
        self._primary = _index_categories([paper.categories[:1] or (paper.section,) for paper in papers])
        self.word = lru_cache(MAX_CACHED_TERMS)(lambda word: self.anywhere((word,)))

    @cached_property
    def comments(self) -> InvertedIndex:
        """Return the index of the authors' comments, which few filters ask for."""
        return InvertedIndex([tokens(paper.comment) for paper in self._papers])

    @cached_property
    def journals(self) -> InvertedIndex:
        """Return the index of the references to journals."""
        return InvertedIndex([tokens(paper.journal_ref) for paper in self._papers])

    def category(self, code: str) -> int:
        """Return the papers in a category or an archive, cross-listed ones too; a paper's aliases count."""
        return _papers_of(self._categories, code)

    def primary(self, code: str) -> int:
        """Return the papers whose first category this is."""
        return _papers_of(self._primary, code)

    def in_title(self, word: str) -> MatchLevels:
        """Match one word in the title."""
        papers = self.titles.word(fold(word)).once
        return MatchLevels(papers, papers, papers, 0)

    def by_author(self, words: tuple[str, ...], *, exactly: bool = False) -> MatchLevels:
        """Match the parts of an author's name, in their order. Unless *exactly*, initials match too, but weakly."""
        full = self.authors.papers_by(words)
        perhaps = 0 if exactly else self.authors.papers_perhaps_by(words)
        return MatchLevels(full | perhaps, full, full, full)

    def pair(self, first: str, second: str) -> MatchLevels:
        """Return what `anywhere` gives for two folded words side by side, without the authors."""
        title, (once, often) = self.titles.pair(first, second).once, self.abstracts.pair(first, second)
        return MatchLevels(once | title, often | title, title, 0) if once | title else NO_MATCH

    def levels(self, parsed_filter: Filter, *, exactly: bool = False) -> MatchLevels:
        """Return how strongly a filter matches. AND is as strong as its weakest part, OR as its strongest.

        Exclusions, and a category beside words, decide what matches but not how strongly. What is excluded is matched
        *exactly*: nobody misses a paper because its author may be another.
        """
        match parsed_filter:
            case Term():
                return self._term(parsed_filter, exactly=exactly)
            case CategoryTerm(code):
                primary = self.primary(code)
                return MatchLevels(self.category(code), primary, primary, 0)
            case Not(part):
                return NO_MATCH._replace(anywhere=self.all & ~self.levels(part, exactly=True).anywhere)
            case And(parts):
                return self._and_levels(parts, exactly=exactly)
            case Or(parts):
                return _combine_levels(or_, (self.levels(part, exactly=exactly) for part in parts))

    def _and_levels(self, parts: Sequence[Filter], *, exactly: bool) -> MatchLevels:
        levels_by_part = [(part, self.levels(part, exactly=exactly)) for part in parts]
        matched = reduce(and_, (levels.anywhere for _, levels in levels_by_part))
        with_words = [
            levels for part, levels in levels_by_part if any(isinstance(term, Term) for term in positive_terms(part))
        ]
        positive = with_words or [levels for part, levels in levels_by_part if any(positive_terms(part))]
        if not positive:
            return NO_MATCH._replace(anywhere=matched)
        return MatchLevels(*(matched & level for level in _combine_levels(and_, positive)))

    def anywhere(self, words: tuple[str, ...]) -> MatchLevels:
        """Match words in title, abstract or a name among the authors. A full name is as good as a title."""
        folded = tuple(map(fold, words))
        title, (once, often) = self.titles.phrase(folded).once, self.abstracts.phrase(folded)
        name = self.authors.papers_by(words)
        full = name if len(words) > 1 else 0
        return MatchLevels(once | title | name, often | title | full, title | full, full)

    def _term(self, term: Term, *, exactly: bool) -> MatchLevels:
        match term.field:
            case "any":
                return self.anywhere(term.words)
            case "author":
                return self.by_author(term.words, exactly=exactly)
        folded = tuple(map(fold, term.words))
        if term.field == "title":
            papers = self.titles.phrase(folded).once
            return MatchLevels(papers, papers, papers, 0)
        if term.field == "abstract":
            once, often = self.abstracts.phrase(folded)
            return MatchLevels(once, often, 0, 0)
        texts = self.comments if term.field == "comment" else self.journals
        return MatchLevels(texts.phrase(folded).once, 0, 0, 0)


def _combine_levels(operator: Callable[[int, int], int], parts: Iterable[MatchLevels]) -> MatchLevels:
    """Return the levels of several parts as one, level by level: `and_` for papers in all of them, `or_` in any."""
    return MatchLevels(*(reduce(operator, column) for column in zip(*parts, strict=True)))


def _papers_of(table: dict[str, int], code: str) -> int:
    """Return the papers that a table has for a category, or for all categories of an archive."""
    return reduce(or_, (table.get(each, 0) for each in categories.expand(code) or (code,)), 0)


def _index_categories(lists: Sequence[Sequence[str]]) -> dict[str, int]:
    """Return the set of papers of each category; *lists* has the categories of each paper by its rank."""
    bits: defaultdict[str, int] = defaultdict(int)
    for rank, codes in enumerate(lists):
        for code in codes:
            bits[categories.canonical(code) or code] |= 1 << rank
    return dict(bits)
