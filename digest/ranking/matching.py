"""Which papers of a day a filter or a category matches. Each distinct filter is worked out once, whoever holds it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial, reduce
from operator import and_, or_

from digest.ranking.authors import Authors
from digest.ranking.postings import Postings
from digest.ranking.resemblance import Resemblance
from digest.ranking.trending import evidence
from digest.records import ANNOUNCED_AS_NEW, PaperRecord, Reason
from subscriptions import taxonomy
from subscriptions.interests import (
    And,
    Category,
    Filter,
    FilterError,
    Not,
    Or,
    Term,
    fold,
    is_exclusion,
    parse,
    positive_terms,
    tokens,
)

REMEMBERED = 1 << 16
"""Filters kept worked out; the least used ones are forgotten, so that memory stays bounded."""

NAMED_AS_TRENDING = 10


@dataclass(frozen=True, slots=True)
class Match:
    """A filter worked out for the day."""

    bits: int
    """The papers it matches; for an exclusion those that remain."""
    excludes: bool
    """It only says what to leave out."""
    reason: Reason
    """Why a paper was chosen by it."""
    names: tuple[Term, ...] = ()
    """The authors it asks for when it asks for nothing else: the reason is then the name on the paper."""


class DayIndex:
    """The papers of a day in the order of their ranks. A set of papers is an int: bit n stands for rank n."""

    def __init__(self, papers: Sequence[PaperRecord]) -> None:
        self.papers = tuple(papers)
        self.all = sum(1 << rank for rank, paper in enumerate(self.papers) if paper.kind in ANNOUNCED_AS_NEW)
        """What may be chosen: replaced and withdrawn papers stand in an edition, but never in a letter."""
        self._titles = Postings([tokens(paper.title) for paper in self.papers])
        self._abstracts = Postings([tokens(paper.abstract) for paper in self.papers])
        self._authors = Authors([paper.authors for paper in self.papers])
        self._categories = _by_category(self.papers)
        self.trending = _trending(self.papers)
        self.match = lru_cache(REMEMBERED)(self._match)
        self.category_bits = lru_cache(REMEMBERED)(self._category_bits)
        self.category_reason = lru_cache(REMEMBERED)(partial(Reason, "category"))
        self.author_reason = lru_cache(REMEMBERED)(self._author_reason)

    @cached_property
    def resemblance(self) -> Resemblance:
        """Half a second of work for a large day: only days on which somebody's feedback counts need it."""
        places = range(len(self.papers))
        texts = [(self._titles.words(rank), self._abstracts.words(rank)) for rank in places]
        return Resemblance(texts, [paper.authors for paper in self.papers])

    def bits(self, filter_text: str) -> int:
        """The papers that a filter matches; none for a text that is no filter."""
        return self.match(filter_text).bits

    def _category_bits(self, code: str) -> int:
        """The papers in a category or an archive, cross-listed ones too; a paper's aliases count."""
        return reduce(or_, (self._categories.get(each, 0) for each in taxonomy.expand(code) or (code,)), 0)

    def _match(self, filter_text: str) -> Match:
        try:
            wanted = parse(filter_text)
        except FilterError:
            return Match(0, excludes=False, reason=Reason("keyword", filter_text))
        terms = tuple(positive_terms(wanted))
        names = tuple(term for term in terms if isinstance(term, Term) and term.field == "author")
        return Match(
            bits=self._evaluate(wanted),
            excludes=is_exclusion(wanted),
            reason=Reason("keyword", filter_text),
            names=names if len(names) == len(terms) else (),
        )

    def _author_reason(self, filter_text: str, rank: int) -> Reason:
        """Names the author through whom a filter of authors matched the paper."""
        match = self.match(filter_text)
        found = (self._authors.name(rank, term.words) for term in match.names)
        name = next((name for name in found if name.strip()), "")
        return Reason("author", name) if name else match.reason

    def _evaluate(self, wanted: Filter) -> int:
        match wanted:
            case Term():
                return self._term(wanted)
            case Category(code):
                return self.category_bits(code)
            case Not(part):
                return self.all & ~self._evaluate(part)
            case And(parts):
                return reduce(and_, map(self._evaluate, parts))
            case Or(parts):
                return reduce(or_, map(self._evaluate, parts))

    def _term(self, term: Term) -> int:
        if term.field == "author":
            return self._authors.wrote(term.words)
        folded = tuple(map(fold, term.words))
        found = 0
        if term.field in ("any", "title"):
            found |= self._titles.phrase(folded)
        if term.field in ("any", "abstract"):
            found |= self._abstracts.phrase(folded)
        if term.field == "any":
            found |= self._authors.wrote(term.words)
        return found


def _by_category(papers: Sequence[PaperRecord]) -> dict[str, int]:
    bits: defaultdict[str, int] = defaultdict(int)
    for rank, paper in enumerate(papers):
        for code in (*paper.categories, paper.section):
            bits[taxonomy.canonical(code) or code] |= 1 << rank
    return dict(bits)


def _trending(papers: Sequence[PaperRecord]) -> dict[int, Reason]:
    """The day's best papers that people really looked at, with the evidence for it."""
    shown = ((rank, evidence(paper)) for rank, paper in enumerate(papers) if paper.kind in ANNOUNCED_AS_NEW)
    found = [(rank, Reason("trending", text)) for rank, text in shown if text]
    return dict(found[:NAMED_AS_TRENDING])
