"""Choosing written down plainly, paper by paper and without any memory: what the quick way must come to."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

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
from subscriptions.filters.language import Filter, FilterError, Term, is_exclusion, parse, positive_terms
from subscriptions.reader import Reader

# (Tier, points, rank)
Placed = tuple[int, int, int]


@dataclass(frozen=True)
class Wish:
    text: str
    wanted: Filter
    levels: MatchLevels

    def points(self, rank: int, size: int) -> int:
        anywhere, often, title, _ = (level >> rank & 1 for level in self.levels)
        rarity = (size // self.levels.anywhere.bit_count()).bit_length()
        return (
            (TITLE_POINTS if title else ABSTRACT_OFTEN_POINTS if often else ABSTRACT_ONCE_POINTS) + rarity
            if anywhere
            else 0
        )


class Shelf:
    """A day's papers, and what readers are given of them."""

    def __init__(self, papers: Sequence[PaperRecord]) -> None:
        self.papers = papers
        self.fields = FieldIndex(papers)
        voted = [
            paper.rank for paper in papers if paper.rank in iterate_ranks(self.fields.all) and describe_evidence(paper)
        ]
        self.trending = set(voted[:10])

    def choose(self, reader: Reader, seen: int = 0, taste: FeedbackAffinity | None = None) -> Choice:
        wishes = list(self._wishes(reader.filters))
        allowed = [rank for rank in iterate_ranks(self.fields.all) if self._allowed(rank, wishes)]
        placed = [place for rank in allowed if (place := self._placed(rank, reader, wishes))]
        fresh = [place for place in placed if not seen >> place[2] & 1]
        if not fresh:
            return Choice((), 0, "seen_before" if placed else "no_match")
        if len(fresh) < reader.minimum:
            return Choice((), len(fresh), "below_minimum")
        best = self._ordered(fresh, reader, taste)[: reader.papers]
        return Choice(tuple(self._pick(place, reader, wishes, taste) for place in best), len(fresh))

    def _wishes(self, filters: Sequence[str]) -> Iterator[Wish]:
        for text in filters:
            try:
                wanted = parse(text)
            except FilterError:
                continue
            yield Wish(text, wanted, self.fields.levels(wanted))

    def _allowed(self, rank: int, wishes: Sequence[Wish]) -> bool:
        return all(wish.levels.anywhere >> rank & 1 for wish in wishes if is_exclusion(wish.wanted))

    def _placed(self, rank: int, reader: Reader, wishes: Sequence[Wish]) -> Placed | None:
        found = _matching(wishes, rank)
        category = self._category(reader.categories, rank)
        if not found:
            return (0, category, rank) if category else None
        named = any(wish.levels.author >> rank & 1 for wish in found)
        worth = sum(wish.points(rank, len(self.papers)) for wish in found)
        return 3 if named else min(len(found), 2), worth + category, rank

    def _category(self, codes: Sequence[str], rank: int) -> int:
        if any(self.fields.primary(code) >> rank & 1 for code in codes):
            return PRIMARY_POINTS
        return CROSS_LISTED_POINTS if any(self.fields.category(code) >> rank & 1 for code in codes) else 0

    def _ordered(self, fresh: Sequence[Placed], reader: Reader, taste: FeedbackAffinity | None) -> list[Placed]:
        left = reader.papers
        tiers = []
        for tier in (3, 2, 1, 0):
            placed = sorted((each for each in fresh if each[0] == tier), key=lambda each: (-each[1], each[2]))
            if not tier and len(reader.categories) > 1:
                placed = self._shared(placed, reader.categories, left)
            if taste:
                order = taste.ordered([rank for _, _, rank in placed])
                placed.sort(key=lambda each: order.index(each[2]))
            tiers.append(placed)
            left -= len(placed)
        return list(chain.from_iterable(tiers))

    def _shared(self, listed: Sequence[Placed], codes: Sequence[str], left: int) -> list[Placed]:
        """Where a group has more papers than places are left, its categories take turns."""
        found: list[Placed] = []
        for worth, of in ((PRIMARY_POINTS, self.fields.primary), (CROSS_LISTED_POINTS, self.fields.category)):
            group = [each for each in listed if each[1] == worth]
            found += _first_by_turns(group, [of(code) for code in codes], left - len(found))
        return found

    def _pick(self, place: Placed, reader: Reader, wishes: Sequence[Wish], taste: FeedbackAffinity | None) -> Pick:
        tier, worth, rank = place
        paper = self.papers[rank]
        found = [self._reason(wish, rank) for wish in _matching(wishes, rank)]
        if not found:
            found = [Reason("category", self._first_category(reader.categories, rank))]
        if taste and (like := taste.reason(rank, paper.arxiv_id)):
            found.append(like)
        if rank in self.trending:
            found.append(Reason("trending", describe_evidence(paper)))
        return Pick(rank, round(tier * SCORE_PER_TIER + worth + paper.score, 4), tuple(found))

    def _reason(self, wish: Wish, rank: int) -> Reason:
        terms = list(positive_terms(wish.wanted))
        names = [term for term in terms if isinstance(term, Term) and term.field == "author"]
        if len(names) == len(terms):
            for term in names:
                if (name := self.fields.authors.name(rank, term.words)).strip():
                    return Reason("author", name)
        return Reason("keyword", wish.text)

    def _first_category(self, codes: Sequence[str], rank: int) -> str:
        ways: tuple[Callable[[str], int], ...] = (self.fields.primary, self.fields.category)
        return next(code for way in ways for code in codes if way(code) >> rank & 1)


def _matching(wishes: Sequence[Wish], rank: int) -> list[Wish]:
    return [wish for wish in wishes if not is_exclusion(wish.wanted) and wish.levels.anywhere >> rank & 1]


def _first_by_turns(group: list[Placed], queues: Sequence[int], left: int) -> list[Placed]:
    if not 0 < left < len(group):
        return group
    chosen = share_places(sum(1 << rank for _, _, rank in group), queues, left)
    return sorted(group, key=lambda each: not chosen >> each[2] & 1)
