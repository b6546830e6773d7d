"""Chooses papers plainly, one by one and without caches: what the fast path must give."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from digest.domain import Choice, PaperRecord, Pick, Reason
from digest.ranking.matching.field_index import FieldIndex, MatchLevels
from digest.ranking.matching.inverted_index import iterate_ranks
from digest.ranking.matching.match_points import (
    ABSTRACT_OFTEN_POINTS,
    ABSTRACT_ONCE_POINTS,
    CROSS_LISTED_POINTS,
    PRIMARY_POINTS,
    TITLE_POINTS,
)
from digest.ranking.personal.feedback_affinity import FeedbackAffinity
from digest.ranking.selection.category_quota import share_places
from digest.ranking.selection.sort_key import SCORE_PER_TIER
from digest.ranking.trending.score import describe_evidence
from subscriptions.filters.language import (
    Filter,
    FilterError,
    Term,
    is_exclusion,
    list_author_names,
    parse,
    positive_terms,
)
from subscriptions.reader import Reader


class RankedPaper(NamedTuple):
    tier: int
    points: int
    rank: int


@dataclass(frozen=True)
class ParsedFilter:
    text: str
    tree: Filter
    levels: MatchLevels

    @property
    def excludes(self) -> bool:
        return is_exclusion(self.tree)

    def matches(self, rank: int) -> bool:
        return bool(self.levels.anywhere >> rank & 1)

    def points(self, rank: int, size: int) -> int:
        anywhere, often, title, _ = (level >> rank & 1 for level in self.levels)
        if not anywhere:
            return 0
        rarity = (size // self.levels.anywhere.bit_count()).bit_length()
        return (TITLE_POINTS if title else ABSTRACT_OFTEN_POINTS if often else ABSTRACT_ONCE_POINTS) + rarity


class ReferenceSelection:
    """Chooses from a day's papers what `choose_papers` must choose, paper by paper."""

    def __init__(self, papers: Sequence[PaperRecord]) -> None:
        self.papers = papers
        self.fields = FieldIndex(papers)
        new = set(iterate_ranks(self.fields.all))
        self.trending = [paper.rank for paper in papers if paper.rank in new and describe_evidence(paper)][:10]

    def choose(self, reader: Reader, seen: int = 0, feedback: FeedbackAffinity | None = None) -> Choice:
        filters = list(self._parse(reader.filters))
        exclusions = [each for each in filters if each.excludes]
        allowed = [rank for rank in iterate_ranks(self.fields.all) if all(each.matches(rank) for each in exclusions)]
        matched = [paper for rank in allowed if (paper := self._rank_paper(rank, reader, filters))]
        fresh = [paper for paper in matched if not seen >> paper.rank & 1]
        if not fresh:
            return Choice((), 0, "seen_before" if matched else "no_match")
        if len(fresh) < reader.minimum:
            return Choice((), len(fresh), "below_minimum")
        best = self._sort_by_tier(fresh, reader, feedback)[: reader.papers]
        return Choice(tuple(self._pick(paper, reader, filters, feedback) for paper in best), len(fresh))

    def _parse(self, texts: Sequence[str]) -> Iterator[ParsedFilter]:
        """Yield the filters that can be parsed."""
        for text in texts:
            try:
                tree = parse(text)
            except FilterError:
                continue
            yield ParsedFilter(text, tree, self.fields.levels(tree))

    def _rank_paper(self, rank: int, reader: Reader, filters: Sequence[ParsedFilter]) -> RankedPaper | None:
        matching = _matching(filters, rank)
        category_points = self._category_points(reader.categories, rank)
        if not matching:
            return RankedPaper(0, category_points, rank) if category_points else None
        by_author = any(each.levels.author >> rank & 1 for each in matching)
        points = sum(each.points(rank, len(self.papers)) for each in matching)
        return RankedPaper(3 if by_author else min(len(matching), 2), points + category_points, rank)

    def _category_points(self, codes: Sequence[str], rank: int) -> int:
        if any(self.fields.primary(code) >> rank & 1 for code in codes):
            return PRIMARY_POINTS
        return CROSS_LISTED_POINTS if any(self.fields.category(code) >> rank & 1 for code in codes) else 0

    def _sort_by_tier(
        self, fresh: Sequence[RankedPaper], reader: Reader, feedback: FeedbackAffinity | None
    ) -> list[RankedPaper]:
        places = reader.papers
        tiers = []
        for tier in (3, 2, 1, 0):
            papers = sorted((each for each in fresh if each.tier == tier), key=lambda each: (-each.points, each.rank))
            if not tier and len(reader.categories) > 1:
                papers = self._share_places(papers, reader.categories, places)
            if feedback:
                order = feedback.ordered([each.rank for each in papers])
                papers.sort(key=lambda each: order.index(each.rank))
            tiers.append(papers)
            places -= len(papers)
        return list(chain.from_iterable(tiers))

    def _share_places(self, papers: Sequence[RankedPaper], codes: Sequence[str], places: int) -> list[RankedPaper]:
        """Let the categories share the places where a group has more papers than places are left."""
        shared: list[RankedPaper] = []
        for points, papers_in in ((PRIMARY_POINTS, self.fields.primary), (CROSS_LISTED_POINTS, self.fields.category)):
            group = [each for each in papers if each.points == points]
            shared += _put_chosen_first(group, [papers_in(code) for code in codes], places - len(shared))
        return shared

    def _pick(
        self, paper: RankedPaper, reader: Reader, filters: Sequence[ParsedFilter], feedback: FeedbackAffinity | None
    ) -> Pick:
        record = self.papers[paper.rank]
        matching = _matching(filters, paper.rank)
        reasons = [
            reason for each in matching for reason in self._reasons(each, paper.rank)[: 1 if matching[1:] else 2]
        ]
        if not reasons:
            reasons = [Reason("category", self._first_category(reader.categories, paper.rank))]
        if feedback and (like := feedback.reason(paper.rank, record.arxiv_id)):
            reasons.append(like)
        if paper.rank in self.trending:
            reasons.append(Reason("trending", describe_evidence(record)))
        score = round(paper.tier * SCORE_PER_TIER + paper.points + record.score, 4)
        return Pick(paper.rank, score, tuple(reasons))

    def _reasons(self, matching: ParsedFilter, rank: int) -> list[Reason]:
        terms = list(positive_terms(matching.tree))
        authors = [term for term in terms if isinstance(term, Term) and term.field == "author"]
        found = next((name for term in authors if (name := self.fields.authors.name(rank, term.words)).strip()), "")
        keyword = Reason("keyword", matching.text)
        if found:
            return [Reason("author", found) if len(authors) == len(terms) else keyword]
        for term in authors:
            if name := self.fields.authors.perhaps_name(rank, term.words):
                perhaps = Reason("perhaps_author", f"{name}; {list_author_names(matching.text)[term.words]}")
                return [perhaps] if len(authors) == len(terms) else [keyword, perhaps]
        return [keyword]

    def _first_category(self, codes: Sequence[str], rank: int) -> str:
        lookups: tuple[Callable[[str], int], ...] = (self.fields.primary, self.fields.category)
        return next(code for papers_in in lookups for code in codes if papers_in(code) >> rank & 1)


def _matching(filters: Sequence[ParsedFilter], rank: int) -> list[ParsedFilter]:
    return [each for each in filters if not each.excludes and each.matches(rank)]


def _put_chosen_first(group: list[RankedPaper], queues: Sequence[int], places: int) -> list[RankedPaper]:
    if not 0 < places < len(group):
        return group
    chosen = share_places(sum(1 << each.rank for each in group), queues, places)
    return sorted(group, key=lambda each: not chosen >> each.rank & 1)
