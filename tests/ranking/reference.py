"""Chooses papers plainly, for one reader, paper by paper and without caches: what the fast path must give."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from digest.domain import Choice, Pick, Reason
from digest.ranking.draws import tie_breaker
from digest.ranking.matching.field_index import FieldIndex, MatchLevels
from digest.ranking.matching.inverted_index import iterate_ranks
from digest.ranking.personal.relevance import DayScores
from digest.ranking.personal.signals import ReaderSignals
from digest.ranking.selection.compose import (
    DUPLICATE_PENALTY,
    DUPLICATE_SIMILARITY,
    EXPLORATION_POOL,
    FIRST_PLACES,
    MAX_NARROW_PAPERS,
    MIN_EXPLORED_LETTER,
    NEAR_TIE,
    PLACES_PER_EXPLORED,
    POOL,
    SIMILARITY_PENALTY,
    Composition,
)
from digest.ranking.selection.select import DaySelection
from digest.ranking.trending.evidence import describe_evidence
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

MASK = (1 << 64) - 1


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


class ReferenceSelection:
    """Chooses what *selection* must choose. Scores and similarities are those of its scorer, asked for one reader."""

    def __init__(self, selection: DaySelection) -> None:
        self.selection = selection
        self.papers = selection.index.papers
        self.fields = FieldIndex(self.papers)
        new = set(iterate_ranks(self.fields.all))
        self.trending = [paper.rank for paper in self.papers if paper.rank in new and describe_evidence(paper)][:10]

    @cached_property
    def similarity(self) -> list[list[float]]:
        rows = [self.selection.scorer.compare(rank).tolist() for rank in range(len(self.papers))]
        return [[round(255 * min(1.0, max(0.0, value))) / 255 for value in row] for row in rows]

    def choose(self, reader: Reader, signals: ReaderSignals, seen: int = 0) -> Choice:
        scores = self.selection.scorer.score([signals])
        filters = list(self._parse(reader.filters))
        positive = [each for each in filters if not each.excludes]
        allowed = [
            rank
            for rank in iterate_ranks(self.fields.all)
            if all(each.matches(rank) for each in filters if each.excludes)
        ]
        brought = {rank for rank in allowed if scores.near[0, rank] or any(each.matches(rank) for each in positive)}
        listed = {rank for rank in allowed if any(self.fields.category(code) >> rank & 1 for code in reader.categories)}
        only_listed = {rank for rank in listed - brought if scores.families["likes"][0, rank] >= 0}
        candidates = sorted(brought | only_listed)
        fresh = [rank for rank in candidates if not seen >> rank & 1]
        if not fresh:
            return Choice((), 0, "seen_before" if candidates else "no_match")
        if len(fresh) < reader.minimum:
            return Choice((), len(fresh), "below_minimum")
        totals = {rank: float(scores.total[0, rank]) for rank in fresh}
        letter = compose_plainly(
            reader.id,
            reader.papers,
            [{rank for rank in fresh if each.matches(rank)} for each in positive],
            totals=totals,
            without_trending={rank: totals[rank] - float(scores.families["trending"][0, rank]) for rank in fresh},
            only_listed=only_listed,
            similarity=self.similarity,
            paper_keys=[
                int.from_bytes(tie_breaker(paper.arxiv_id, self.selection.day), "big") for paper in self.papers
            ],
            explores="new" not in reader.switched_off,
        )
        picks = (
            self._pick(rank, reader, signals, positive, scores, is_explored=rank in letter.explored)
            for rank in letter.ranks
        )
        return Choice(tuple(picks), len(fresh))

    def _parse(self, texts: Sequence[str]) -> Iterator[ParsedFilter]:
        """Yield the filters that can be parsed."""
        for text in texts:
            try:
                tree = parse(text)
            except FilterError:
                continue
            yield ParsedFilter(text, tree, self.fields.levels(tree))

    def _pick(
        self,
        rank: int,
        reader: Reader,
        signals: ReaderSignals,
        filters: Sequence[ParsedFilter],
        scores: DayScores,
        *,
        is_explored: bool,
    ) -> Pick:
        parts = {name: float(family[0, rank]) for name, family in scores.families.items()}
        matching = [each for each in filters if each.matches(rank)]
        [like] = self.selection.scorer.name_likes(signals.liked, [rank])
        named = [reason for each in matching for reason in self._reasons(each, rank)]
        interests = 0.0 if named else parts["interests"]
        words = parts["filters"] + parts["interests"] if named else 0.0
        causes: list[tuple[float, Reason | None]] = [(words / len(named), reason) for reason in named]
        [related] = self.selection.scorer.name_related(reader.filters, [rank]) if interests > 0 else [None]
        category = self._first_category(reader.categories, rank)
        causes += [(interests, related), (parts["likes"] + parts["authors"], like)]
        causes.append((parts["categories"], Reason("category", category) if category else None))
        is_told = rank in self.trending and parts["trending"] > 0
        evidence = describe_evidence(self.papers[rank]) if is_told else ""
        causes.append((parts["trending"], Reason("trending", evidence) if evidence else None))
        causes.append((parts["new"], None))
        reasons = name_plainly(causes)
        if is_explored:
            reasons = [Reason("explore", ""), *reasons][:3]
        return Pick(rank, round(float(scores.total[0, rank]), 4), tuple(reasons))

    def _reasons(self, matching: ParsedFilter, rank: int) -> list[Reason]:
        terms = list(positive_terms(matching.tree))
        authors = [term for term in terms if isinstance(term, Term) and term.field == "author"]
        found = next((name for term in authors if (name := self.fields.authors.name(rank, term.words)).strip()), "")
        keyword = Reason("keyword", matching.text)
        if not authors and matching.levels.title >> rank & 1 and not matching.levels.author >> rank & 1:
            keyword = Reason("keyword_in_title", matching.text)
        if found:
            return [Reason("author", found) if len(authors) == len(terms) else keyword]
        for term in authors:
            if name := self.fields.authors.perhaps_name(rank, term.words):
                perhaps = Reason("perhaps_author", f"{name}; {list_author_names(matching.text)[term.words]}")
                return [perhaps] if len(authors) == len(terms) else [keyword, perhaps]
        return [keyword]

    def _first_category(self, codes: Sequence[str], rank: int) -> str:
        lookups = (self.fields.primary, self.fields.category)
        return next((code for papers_in in lookups for code in codes if papers_in(code) >> rank & 1), "")


def name_plainly(causes: Sequence[tuple[float, Reason | None]]) -> list[Reason]:
    """Return what brought most, at least a tenth each; a category only if it is the first."""
    whole = sum(brought for brought, _ in causes if brought > 0)
    shares = [(round(100 * brought / whole) if whole else 0, brought, reason) for brought, reason in causes]
    named = [(share, reason) for share, _, reason in sorted(shares, key=lambda each: -each[1]) if reason]
    if not named:
        return []
    told = [named[0], *(each for each in named[1:] if each[1].kind != "category")]
    large = [reason._replace(share=share) for share, reason in told if share >= 10]
    return large[:3] or [named[0][1]._replace(share=max(0, named[0][0]))]


def compose_plainly(
    reader_id: int,
    papers: int,
    filters: Sequence[Set[int]],
    *,
    totals: dict[int, float],
    without_trending: dict[int, float],
    only_listed: Set[int],
    similarity: Sequence[Sequence[float]],
    paper_keys: Sequence[int],
    explores: bool = True,
) -> Composition:
    """Compose the letter of a reader who may get the papers of *totals*, of which each of *filters* matches some."""
    size = min(papers, len(totals))
    explored = 0
    if explores and len(totals) > size >= MIN_EXPLORED_LETTER:
        explored = max(1, size // PLACES_PER_EXPLORED)
    pool = sorted(totals, key=lambda rank: (-totals[rank], rank))[:POOL]
    keys = {rank: totals[rank] + NEAR_TIE * draw_plainly(reader_id, paper_keys[rank]) for rank in pool}
    letter: list[int] = []
    while len(letter) < size - explored:

        def key(rank: int) -> tuple[float, int]:
            penalties = [weigh(similarity[other][rank]) for other in letter] if len(letter) >= FIRST_PLACES else []
            return keys[rank] - max(penalties, default=0.0), -rank

        letter.append(max((rank for rank in pool if rank not in letter), key=key))
    for matches in filters:
        if 0 < len(matches) <= MAX_NARROW_PAPERS and not matches & set(letter):
            free = [place for place, rank in enumerate(letter) if place >= FIRST_PLACES and rank in only_listed]
            if free:
                letter[free[-1]] = max(matches, key=lambda rank: (totals[rank], -rank))
    left = sorted((rank for rank in totals if rank not in letter), key=lambda rank: (-without_trending[rank], rank))
    left = left[:EXPLORATION_POOL]
    drawn = sorted(left, key=lambda rank: (draw_plainly(reader_id, ~paper_keys[rank] & MASK), rank))[:explored]
    for number, rank in enumerate(drawn, start=1):
        letter.insert(PLACES_PER_EXPLORED * number - 1, rank)
    return Composition(letter, frozenset(drawn))


def weigh(alike: float) -> float:
    return SIMILARITY_PENALTY * alike + (DUPLICATE_PENALTY if alike >= DUPLICATE_SIMILARITY else 0.0)


def draw_plainly(reader_id: int, paper_key: int) -> float:
    """Return the lot of a reader for a paper, from 0 to below 1."""
    return (mix(mix(reader_id) ^ paper_key) >> 11) / 2**53


def mix(number: int) -> int:
    number = (number + 0x9E3779B97F4A7C15) & MASK
    number = ((number ^ number >> 30) * 0xBF58476D1CE4E5B9) & MASK
    number = ((number ^ number >> 27) * 0x94D049BB133111EB) & MASK
    return number ^ number >> 31
