"""Which papers of a day a filter or a category matches. Each distinct filter is worked out once, whoever holds it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import NamedTuple

from digest.domain import ANNOUNCED_AS_NEW, PaperRecord, Pick, Reason
from digest.ranking.matching.field_index import FieldIndex
from digest.ranking.matching.filter_scores import NO_SCORE, FilterScore, FilterScorer
from digest.ranking.matching.inverted_index import iterate_ranks
from digest.ranking.matching.match_points import PointGroups
from digest.ranking.personal.followed_categories import LANE_BITS, FollowedCategories, follow_categories
from digest.ranking.personal.similarity import Similarity
from digest.ranking.selection.sort_key import MAX_PAPERS_PER_DAY, ScoreCache
from digest.ranking.trending.score import describe_evidence
from subscriptions.filters.language import Filter, FilterError, Term, is_exclusion, parse, parse_plain, positive_terms

# Filters kept worked out; the least used ones are forgotten, so that memory stays bounded.
MAX_CACHED_FILTERS = 1 << 17

MAX_TRENDING_REASONS = 10


@dataclass(slots=True)
class FilterMatch:
    """A filter worked out for the day. The first fields are those of Spoken. Nothing changes it."""

    bits: int
    groups: PointGroups
    keys: tuple[int, ...]
    authored: int
    # The reasons of a paper that it alone matches, if they are the same for all papers;
    reasons: tuple[Reason, ...]
    # else these by rank.
    told: Mapping[int, tuple[Reason, ...]]
    # What it leaves out, if it does nothing else.
    muted: int | None = None

    def reason(self, rank: int) -> Reason:
        return (self.reasons or self.told[rank])[0]


class ReasonCache(dict[int, tuple[Reason, ...]]):
    """Rank → the reasons of a paper that one filter matches, worked out when somebody is given it."""

    def __init__(self, tell: Callable[[int], tuple[Reason, ...]]) -> None:
        self._tell = tell

    def __missing__(self, rank: int) -> tuple[Reason, ...]:
        self[rank] = found = self._tell(rank)
        return found


class CategoryFilling(NamedTuple):
    """The best papers of some categories, for places that nothing else takes."""

    papers: int
    picks: tuple[Pick, ...]


class DayIndex:
    """The papers of a day in the order of their ranks. A set of papers is an int: bit n stands for rank n."""

    def __init__(self, papers: Sequence[PaperRecord]) -> None:
        if len(papers) > MAX_PAPERS_PER_DAY:
            raise ValueError(f"a day has {MAX_PAPERS_PER_DAY} papers at most, not {len(papers)}")
        self.papers = tuple(papers)
        # A rank and its place add up to it, as sort_key.py counts places.
        self.last = len(self.papers) - 1
        self._fields = FieldIndex(self.papers)
        self._speaking = FilterScorer(self._fields, len(self.papers))
        # What may be chosen: replaced and withdrawn papers stand in an edition, but are never picked.
        self.all = self._fields.all
        self.trending = _trending_reasons(self.papers)
        self._trending = sum(1 << rank for rank in self.trending)
        self.scores = ScoreCache([paper.score for paper in reversed(self.papers)])
        self.match = lru_cache(MAX_CACHED_FILTERS)(self._match)
        self.category_bits = lru_cache(MAX_CACHED_FILTERS)(self._fields.category)
        self.primary_bits = lru_cache(MAX_CACHED_FILTERS)(self._fields.primary)
        self.followed = lru_cache(MAX_CACHED_FILTERS)(self._followed)
        self.filling = lru_cache(MAX_CACHED_FILTERS)(self._filling)
        self.category_pick = lru_cache(MAX_CACHED_FILTERS)(self._category_pick)
        self._lanes = lru_cache(MAX_CACHED_FILTERS)(self._lanes_of)

    @cached_property
    def resemblance(self) -> Similarity:
        """Half a second of work for a large day: only days on which somebody's feedback counts need it."""
        places = range(len(self.papers))
        texts = [(self._fields.titles.words(rank), self._fields.abstracts.words(rank)) for rank in places]
        return Similarity(texts, [paper.authors for paper in self.papers])

    def bits(self, filter_text: str) -> int:
        """The papers that a filter matches; none for a text that is no filter."""
        match = self.match(filter_text)
        return match.bits if match.muted is None else self.all & ~match.muted

    def _followed(self, categories: tuple[str, ...]) -> FollowedCategories:
        homes, guests = tuple(map(self.primary_bits, categories)), tuple(map(self.category_bits, categories))
        return follow_categories(homes, guests, self._lanes, len(self.papers))

    def _lanes_of(self, papers: int) -> int:
        return sum(1 << LANE_BITS * (self.last - rank) for rank in iterate_ranks(papers))

    def _filling(self, categories: tuple[str, ...], left: int) -> CategoryFilling:
        """Return what readers of these categories get who have places *left*, where no filter matches."""
        known = self.followed(categories)
        found = known.first(known.listed & self.all, left)
        return CategoryFilling(
            sum(1 << rank for rank in found), tuple(self.category_pick(categories, rank) for rank in found)
        )

    def _category_pick(self, categories: tuple[str, ...], rank: int) -> Pick:
        place = self.last - rank
        score = self.scores[self.followed(categories).bonus[place] | place]
        return Pick(rank, score, self.with_trending([self.category_reason(categories, rank)], rank))

    def category_reason(self, categories: tuple[str, ...], rank: int) -> Reason:
        """Names the first of a reader's categories that the paper belongs to, or else is listed in."""
        known = self.followed(categories)
        for papers in (known.homes, known.guests):
            for code, each in zip(categories, papers, strict=True):
                if each >> rank & 1:
                    return Reason("category", code)
        raise LookupError(rank)

    def with_trending(self, found: Sequence[Reason], rank: int) -> tuple[Reason, ...]:
        trending = self.trending.get(rank)
        return (*found, trending) if trending else tuple(found)

    def _match(self, filter_text: str) -> FilterMatch:
        if found := parse_plain(filter_text):
            names = (Term("author", (found[1],)),) if found[0] == "author" else ()
            return self._matched(self._speaking.plain(found), filter_text, names)
        try:
            wanted = parse(filter_text)
        except FilterError:
            return self._matched(NO_SCORE, filter_text, ())
        levels = self._fields.levels(wanted)
        if not is_exclusion(wanted):
            return self._matched(self._speaking.of(levels), filter_text, _author_terms(wanted))
        match = self._matched(NO_SCORE, filter_text, ())
        match.muted = self.all & ~levels.anywhere
        return match

    def _matched(self, spoken: FilterScore, text: str, names: tuple[Term, ...]) -> FilterMatch:
        bits, groups, keys, authored = spoken
        reason = Reason("keyword", text)
        if names or bits & self._trending:
            return FilterMatch(bits, groups, keys, authored, (), ReasonCache(partial(self._tell, reason, names)))
        return FilterMatch(bits, groups, keys, authored, (reason,), {})

    def _tell(self, reason: Reason, names: tuple[Term, ...], rank: int) -> tuple[Reason, ...]:
        """Names the author through whom a filter of authors matched the paper."""
        found = (self._fields.authors.name(rank, term.words) for term in names)
        name = next((name for name in found if name.strip()), "")
        return self.with_trending([Reason("author", name) if name else reason], rank)


def _author_terms(wanted: Filter) -> tuple[Term, ...]:
    """The authors that a filter asks for, if it asks for nothing else."""
    terms = tuple(positive_terms(wanted))
    names = tuple(term for term in terms if isinstance(term, Term) and term.field == "author")
    return names if len(names) == len(terms) else ()


def _trending_reasons(papers: Sequence[PaperRecord]) -> dict[int, Reason]:
    """The day's best papers that people really looked at, with the evidence for it."""
    shown = ((rank, describe_evidence(paper)) for rank, paper in enumerate(papers) if paper.kind in ANNOUNCED_AS_NEW)
    found = [(rank, Reason("trending", text)) for rank, text in shown if text]
    return dict(found[:MAX_TRENDING_REASONS])
