"""Finds the papers of a day that a filter or a category matches. Each distinct filter is evaluated only once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, islice

from digest.domain import ANNOUNCED_AS_NEW, PaperRecord, Reason
from digest.ranking.matching.author_index import AuthorIndex
from digest.ranking.matching.field_index import NO_MATCH, FieldIndex, MatchLevels
from digest.ranking.matching.plain_filters import match_plainly
from digest.ranking.trending.evidence import describe_evidence
from subscriptions.filters.language import (
    FilterError,
    Term,
    fold,
    is_exclusion,
    list_author_names,
    parse,
    parse_plain,
    positive_terms,
)

# The least used filters are evicted, so that memory stays bounded.
MAX_CACHED_FILTERS = 1 << 16

# arXiv announces about a thousand papers a day.
MAX_PAPERS_PER_DAY = 1 << 16

MAX_TRENDING_REASONS = 10

# The fields that say what a paper is about.
TEXT_FIELDS = ("any", "title", "abstract")


@dataclass(slots=True)
class FilterMatch:
    """The papers that a filter matches on this day. Nobody changes it: all readers of the filter share it."""

    text: str
    # The papers that match, of those that may be chosen.
    bits: int
    # How strongly they match.
    levels: MatchLevels = NO_MATCH
    # The papers that it excludes; None unless the filter only excludes.
    muted: int | None = None
    # The words that it looks for in texts, folded as those of papers are; those it excludes are left aside.
    words: tuple[str, ...] = ()
    # The names of authors among its terms, and whether it has no others.
    names: tuple[Term, ...] = ()
    has_only_names: bool = False
    # Whether the text is one that can be parsed.
    is_filter: bool = True
    _reasons: tuple[Reason, ...] = field(init=False)
    _reasons_in_title: tuple[Reason, ...] = field(init=False)
    _reasons_by_rank: dict[int, tuple[Reason, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._reasons = (Reason("keyword", self.text),)
        self._reasons_in_title = (Reason("keyword_in_title", self.text),)

    def find_reasons(self, rank: int, authors: AuthorIndex) -> tuple[Reason, ...]:
        """Return why the filter matches a paper: its words, or of names the author through whom it does.

        Where only initials agree, a reason says whom the paper's author may be.
        """
        if not self.names:
            is_in_title = self.levels.title >> rank & 1 and not self.levels.author >> rank & 1
            return self._reasons_in_title if is_in_title else self._reasons
        reasons = self._reasons_by_rank.get(rank)
        if reasons is None:
            self._reasons_by_rank[rank] = reasons = self._find_author_reasons(rank, authors)
        return reasons

    def _find_author_reasons(self, rank: int, authors: AuthorIndex) -> tuple[Reason, ...]:
        keyword = Reason("keyword", self.text)
        spelled = (authors.name(rank, term.words) for term in self.names)
        if name := next((name for name in spelled if name.strip()), ""):
            return (Reason("author", name) if self.has_only_names else keyword,)
        typed = list_author_names(self.text)
        agreeing = ((authors.perhaps_name(rank, term.words), typed.get(term.words, "")) for term in self.names)
        perhaps = [Reason("perhaps_author", "; ".join(both)) for both in agreeing if all(map(str.strip, both))][:1]
        return tuple(perhaps if perhaps and self.has_only_names else [keyword, *perhaps])


class DayIndex:
    """The papers of a day in the order of their ranks. A set of papers is an int: bit n stands for rank n."""

    def __init__(self, papers: Sequence[PaperRecord]) -> None:
        if len(papers) > MAX_PAPERS_PER_DAY:
            raise ValueError(f"a day has {MAX_PAPERS_PER_DAY} papers at most, not {len(papers)}")
        self.papers = tuple(papers)
        self.fields = FieldIndex(self.papers)
        # The papers that may be chosen. Replaced and withdrawn ones are in an edition, but are never picked.
        self.all = self.fields.all
        self.trending = _trending_reasons(self.papers)
        self.match = lru_cache(MAX_CACHED_FILTERS)(self._match)
        self.category_bits = lru_cache(MAX_CACHED_FILTERS)(self.fields.category)
        self.primary_bits = lru_cache(MAX_CACHED_FILTERS)(self.fields.primary)

    def bits(self, filter_text: str) -> int:
        """Return the set of papers that a filter matches; empty for a text that is no filter."""
        match = self.match(filter_text)
        return match.bits if match.muted is None else self.all & ~match.muted

    def find_reasons(self, match: FilterMatch, rank: int) -> tuple[Reason, ...]:
        """Return why a filter matches a paper."""
        return match.find_reasons(rank, self.fields.authors)

    def list_category_reasons(self, categories: Sequence[str]) -> list[tuple[int, Reason]]:
        """Return sets of papers, each with how a category of a reader brings them; the first set that holds one counts.

        That is the first category that is the paper's primary one, or else one that lists it.
        """
        reasons = [Reason("category", code) for code in categories]
        primary = [(self.primary_bits(reason.text), reason) for reason in reasons]
        return primary + [(self.category_bits(reason.text), reason) for reason in reasons]

    def _match(self, filter_text: str) -> FilterMatch:
        if plain_filter := parse_plain(filter_text):
            kind, first, second = plain_filter
            levels = match_plainly(plain_filter, self.fields)
            names: tuple[Term, ...] = (Term("author", (first,)),) if kind == "author" else ()
            spelled = () if names else (first, second) if kind in ("phrase", "both") else (first,)
            words = tuple(map(fold, spelled))
            return FilterMatch(filter_text, levels.anywhere & self.all, levels, None, words, names, has_only_names=True)
        try:
            parsed_filter = parse(filter_text)
        except FilterError:
            return FilterMatch(filter_text, 0, is_filter=False)
        levels = self.fields.levels(parsed_filter)
        if is_exclusion(parsed_filter):
            return FilterMatch(filter_text, 0, muted=self.all & ~levels.anywhere)
        terms = tuple(positive_terms(parsed_filter))
        names = tuple(term for term in terms if isinstance(term, Term) and term.field == "author")
        looked_for = (term.words for term in terms if isinstance(term, Term) and term.field in TEXT_FIELDS)
        words = tuple(map(fold, chain.from_iterable(looked_for)))
        has_only_names = len(names) == len(terms)
        return FilterMatch(filter_text, levels.anywhere & self.all, levels, None, words, names, has_only_names)


def _trending_reasons(papers: Sequence[PaperRecord]) -> dict[int, Reason]:
    """Map the ranks of the day's best papers that have evidence of attention to a reason that gives it."""
    evidence = ((rank, describe_evidence(paper)) for rank, paper in enumerate(papers) if paper.kind in ANNOUNCED_AS_NEW)
    reasons = ((rank, Reason("trending", text)) for rank, text in evidence if text)
    return dict(islice(reasons, MAX_TRENDING_REASONS))
