"""Which papers of a day a filter or a category matches. Each distinct filter is worked out once, whoever holds it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, reduce
from operator import or_

from digest.ranking import points
from digest.ranking.fields import Fields
from digest.ranking.points import Planes
from digest.ranking.resemblance import Resemblance
from digest.ranking.trending import evidence
from digest.records import ANNOUNCED_AS_NEW, PaperRecord, Reason
from subscriptions.interests import FilterError, Term, is_exclusion, parse, positive_terms

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
    points: Planes = ()
    """How strongly it speaks for each of them, as points.py counts."""
    authored: int = 0
    """Those of them that it finds by an author's name."""
    names: tuple[Term, ...] = ()
    """The authors it asks for when it asks for nothing else: the reason is then the name on the paper."""


@dataclass(frozen=True, slots=True)
class Followed:
    """The categories of a reader, worked out for the day."""

    listed: int
    """The papers in any of them."""
    homes: tuple[int, ...]
    """For each category the papers that belong there,"""
    guests: tuple[int, ...]
    """and all that are in it."""
    points: Planes
    """What it counts for each paper, as points.py says."""


class DayIndex:
    """The papers of a day in the order of their ranks. A set of papers is an int: bit n stands for rank n."""

    def __init__(self, papers: Sequence[PaperRecord]) -> None:
        self.papers = tuple(papers)
        self._fields = Fields(self.papers)
        self.all = self._fields.all
        """What may be chosen: replaced and withdrawn papers stand in an edition, but are never picked."""
        self.trending = _trending(self.papers)
        self.match = lru_cache(REMEMBERED)(self._match)
        self.category_bits = lru_cache(REMEMBERED)(self._fields.category)
        self.primary_bits = lru_cache(REMEMBERED)(self._fields.primary)
        self.followed = lru_cache(REMEMBERED)(self._followed)
        self.category_reason = lru_cache(REMEMBERED)(self._category_reason)
        self.author_reason = lru_cache(REMEMBERED)(self._author_reason)

    @cached_property
    def resemblance(self) -> Resemblance:
        """Half a second of work for a large day: only days on which somebody's feedback counts need it."""
        places = range(len(self.papers))
        texts = [(self._fields.titles.words(rank), self._fields.abstracts.words(rank)) for rank in places]
        return Resemblance(texts, [paper.authors for paper in self.papers])

    def bits(self, filter_text: str) -> int:
        """The papers that a filter matches; none for a text that is no filter."""
        return self.match(filter_text).bits

    def _followed(self, categories: tuple[str, ...]) -> Followed:
        homes = tuple(map(self.primary_bits, categories))
        guests = tuple(map(self.category_bits, categories))
        listed = reduce(or_, guests, 0)
        return Followed(listed, homes, guests, points.of_categories(listed, reduce(or_, homes, 0)))

    def _category_reason(self, categories: tuple[str, ...], rank: int) -> Reason:
        """Names the first of a reader's categories that the paper belongs to, or else is listed in."""
        followed = self.followed(categories)
        for papers in (followed.homes, followed.guests):
            for code, each in zip(categories, papers, strict=True):
                if each >> rank & 1:
                    return Reason("category", code)
        raise LookupError(rank)

    def _match(self, filter_text: str) -> Match:
        try:
            wanted = parse(filter_text)
        except FilterError:
            return Match(0, excludes=False, reason=Reason("keyword", filter_text))
        terms = tuple(positive_terms(wanted))
        names = tuple(term for term in terms if isinstance(term, Term) and term.field == "author")
        levels = self._fields.levels(wanted)
        return Match(
            bits=levels.anywhere,
            authored=levels.author,
            points=points.of_filter(levels, len(self.papers)),
            excludes=is_exclusion(wanted),
            reason=Reason("keyword", filter_text),
            names=names if len(names) == len(terms) else (),
        )

    def _author_reason(self, filter_text: str, rank: int) -> Reason:
        """Names the author through whom a filter of authors matched the paper."""
        match = self.match(filter_text)
        found = (self._fields.authors.name(rank, term.words) for term in match.names)
        name = next((name for name in found if name.strip()), "")
        return Reason("author", name) if name else match.reason


def _trending(papers: Sequence[PaperRecord]) -> dict[int, Reason]:
    """The day's best papers that people really looked at, with the evidence for it."""
    shown = ((rank, evidence(paper)) for rank, paper in enumerate(papers) if paper.kind in ANNOUNCED_AS_NEW)
    found = [(rank, Reason("trending", text)) for rank, text in shown if text]
    return dict(found[:NAMED_AS_TRENDING])
