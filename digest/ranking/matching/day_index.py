"""Finds the papers of a day that a filter or a category matches. Each distinct filter is evaluated only once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from itertools import islice
from typing import NamedTuple

from digest.domain import ANNOUNCED_AS_NEW, PaperRecord, Pick, Reason
from digest.ranking.matching.field_index import FieldIndex, MatchLevels
from digest.ranking.matching.filter_scores import NO_SCORE, FilterScore, FilterScorer
from digest.ranking.matching.inverted_index import iterate_ranks
from digest.ranking.matching.match_points import PointGroups
from digest.ranking.personal.followed_categories import LANE_BITS, FollowedCategories, follow_categories
from digest.ranking.personal.similarity import Similarity
from digest.ranking.selection.sort_key import MAX_PAPERS_PER_DAY, ScoreCache
from digest.ranking.trending.score import describe_evidence
from subscriptions.filters.language import (
    FilterError,
    Term,
    is_exclusion,
    list_author_names,
    parse,
    parse_plain,
    positive_terms,
)

# The least used filters are evicted, so that memory stays bounded.
MAX_CACHED_FILTERS = 1 << 17

MAX_TRENDING_REASONS = 10


@dataclass(slots=True)
class FilterMatch:
    """The papers that a filter matches on this day. Nobody changes it: all readers of the filter share it.

    The first four fields are those of its FilterScore.
    """

    bits: int
    groups: PointGroups
    keys: tuple[int, ...]
    levels: MatchLevels
    # The reasons of a paper that only this filter matches; empty where they differ from paper to paper.
    reasons: tuple[Reason, ...]
    # The same by rank, where they differ.
    reasons_by_rank: Mapping[int, tuple[Reason, ...]]
    # The papers that it excludes; None unless the filter only excludes.
    muted: int | None = None

    def reason(self, rank: int) -> Reason:
        """Return why the filter matches the paper of this rank."""
        return (self.reasons or self.reasons_by_rank[rank])[0]


class ReasonsByRank(dict[int, tuple[Reason, ...]]):
    """Maps a rank to the reasons of a paper that one filter matches, computed when a reader first gets the paper."""

    def __init__(self, compute: Callable[[int], tuple[Reason, ...]]) -> None:
        self._compute = compute

    def __missing__(self, rank: int) -> tuple[Reason, ...]:
        self[rank] = reasons = self._compute(rank)
        return reasons


class CategoryFilling(NamedTuple):
    """The best papers of some categories, for the places in a letter that no filter fills."""

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
        self._scorer = FilterScorer(self._fields, len(self.papers))
        # The papers that may be chosen. Replaced and withdrawn ones are in an edition, but are never picked.
        self.all = self._fields.all
        self.trending = _trending_reasons(self.papers)
        self._trending = sum(1 << rank for rank in self.trending)
        self.scores = ScoreCache([paper.score for paper in reversed(self.papers)])
        self.match = lru_cache(MAX_CACHED_FILTERS)(self._match)
        self.category_bits = lru_cache(MAX_CACHED_FILTERS)(self._fields.category)
        self.primary_bits = lru_cache(MAX_CACHED_FILTERS)(self._fields.primary)
        self.followed = lru_cache(MAX_CACHED_FILTERS)(self._follow)
        self.filling = lru_cache(MAX_CACHED_FILTERS)(self._fill)
        self.category_pick = lru_cache(MAX_CACHED_FILTERS)(self._make_category_pick)
        self._lanes = lru_cache(MAX_CACHED_FILTERS)(self._make_lanes)

    @cached_property
    def similarity(self) -> Similarity:
        """Return the similarity of the day's papers to other papers.

        It takes half a second for a large day, so only days with feedback build it.
        """
        places = range(len(self.papers))
        texts = [(self._fields.titles.words(rank), self._fields.abstracts.words(rank)) for rank in places]
        return Similarity(texts, [paper.authors for paper in self.papers])

    def bits(self, filter_text: str) -> int:
        """Return the set of papers that a filter matches; empty for a text that is no filter."""
        match = self.match(filter_text)
        return match.bits if match.muted is None else self.all & ~match.muted

    def _follow(self, categories: tuple[str, ...]) -> FollowedCategories:
        primary, in_category = tuple(map(self.primary_bits, categories)), tuple(map(self.category_bits, categories))
        return follow_categories(primary, in_category, self._lanes, len(self.papers))

    def _make_lanes(self, papers: int) -> int:
        return sum(1 << LANE_BITS * (self.last - rank) for rank in iterate_ranks(papers))

    def _fill(self, categories: tuple[str, ...], left: int) -> CategoryFilling:
        """Return what readers of these categories get in *left* places, where no filter matches."""
        followed = self.followed(categories)
        ranks = followed.first(followed.listed & self.all, left)
        papers = sum(1 << rank for rank in ranks)
        return CategoryFilling(papers, tuple(self.category_pick(categories, rank) for rank in ranks))

    def _make_category_pick(self, categories: tuple[str, ...], rank: int) -> Pick:
        place = self.last - rank
        score = self.scores[self.followed(categories).bonus[place] | place]
        return Pick(rank, score, self.with_trending([self.category_reason(categories, rank)], rank))

    def category_reason(self, categories: tuple[str, ...], rank: int) -> Reason:
        """Name the first of a reader's categories that is the paper's primary one, or else one that lists it.

        Raises LookupError if none does.
        """
        followed = self.followed(categories)
        for papers_by_category in (followed.primary_by_category, followed.listed_by_category):
            for code, papers in zip(categories, papers_by_category, strict=True):
                if papers >> rank & 1:
                    return Reason("category", code)
        raise LookupError(rank)

    def with_trending(self, reasons: Sequence[Reason], rank: int) -> tuple[Reason, ...]:
        """Return *reasons*, and that the paper is trending if it is."""
        trending = self.trending.get(rank)
        return (*reasons, trending) if trending else tuple(reasons)

    def _match(self, filter_text: str) -> FilterMatch:
        if plain_filter := parse_plain(filter_text):
            kind, first, _ = plain_filter
            author = (Term("author", (first,)),) if kind == "author" else ()
            return self._filter_match(self._scorer.plain(plain_filter), filter_text, author, only_authors=True)
        try:
            parsed_filter = parse(filter_text)
        except FilterError:
            return self._filter_match(NO_SCORE, filter_text)
        levels = self._fields.levels(parsed_filter)
        if not is_exclusion(parsed_filter):
            terms = tuple(positive_terms(parsed_filter))
            names = tuple(term for term in terms if isinstance(term, Term) and term.field == "author")
            only_authors = len(names) == len(terms)
            return self._filter_match(self._scorer.of(levels), filter_text, names, only_authors=only_authors)
        match = self._filter_match(NO_SCORE, filter_text)
        match.muted = self.all & ~levels.anywhere
        return match

    def _filter_match(
        self, score: FilterScore, text: str, names: tuple[Term, ...] = (), *, only_authors: bool = False
    ) -> FilterMatch:
        bits, groups, keys, levels = score
        reason = Reason("keyword", text)
        if names or bits & self._trending:
            reasons_by_rank = ReasonsByRank(partial(self._compute_reasons, reason, names, only_authors))
            return FilterMatch(bits, groups, keys, levels, (), reasons_by_rank)
        return FilterMatch(bits, groups, keys, levels, (reason,), {})

    def _compute_reasons(
        self, reason: Reason, names: tuple[Term, ...], only_authors: bool, rank: int
    ) -> tuple[Reason, ...]:
        """Return *reason*, or of a filter of authors the name through which it matched, and the trending reason.

        Where only initials agree, a reason says whom the paper's author may be.
        """
        authors = self._fields.authors
        spelled = (authors.name(rank, term.words) for term in names)
        if name := next((name for name in spelled if name.strip()), ""):
            return self.with_trending([Reason("author", name) if only_authors else reason], rank)
        typed = list_author_names(reason.text) if names else {}
        agreeing = ((authors.perhaps_name(rank, term.words), typed.get(term.words, "")) for term in names)
        perhaps = [Reason("perhaps_author", "; ".join(both)) for both in agreeing if all(map(str.strip, both))][:1]
        return self.with_trending(perhaps if perhaps and only_authors else [reason, *perhaps], rank)


def _trending_reasons(papers: Sequence[PaperRecord]) -> dict[int, Reason]:
    """Map the ranks of the day's best papers that have evidence of attention to a reason that gives it."""
    evidence = ((rank, describe_evidence(paper)) for rank, paper in enumerate(papers) if paper.kind in ANNOUNCED_AS_NEW)
    reasons = ((rank, Reason("trending", text)) for rank, text in evidence if text)
    return dict(islice(reasons, MAX_TRENDING_REASONS))
