"""Finds the papers of a day that a filter or a category matches. Each distinct filter is evaluated only once."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import NamedTuple

from digest.domain import ANNOUNCED_AS_NEW, PaperRecord, Reason
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

# Of so many lists of categories it is kept what each brings.
MAX_CACHED_LISTS = 1 << 12

# arXiv announces about a thousand papers a day.
MAX_PAPERS_PER_DAY = 1 << 16

MAX_TRENDING_REASONS = 10

# The fields that say what a paper is about.
TEXT_FIELDS = ("any", "title", "abstract")


class FilterMatch(NamedTuple):
    """The papers that a filter matches on this day."""

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
        self._find_author_reasons = lru_cache(MAX_CACHED_FILTERS)(self._read_author_reasons)
        self.list_category_reasons = lru_cache(MAX_CACHED_LISTS)(self._list_category_reasons)

    def bits(self, filter_text: str) -> int:
        """Return the set of papers that a filter matches; empty for a text that is no filter."""
        match = self.match(filter_text)
        return match.bits if match.muted is None else self.all & ~match.muted

    def find_reasons(self, match: FilterMatch, rank: int) -> tuple[Reason, ...]:
        """Return why a filter matches a paper: its words, or of names the author through whom it does.

        Where only initials agree, a reason says whom the paper's author may be.
        """
        if match.names:
            return self._find_author_reasons(match.text, rank)
        is_in_title = match.levels.title >> rank & 1 and not match.levels.author >> rank & 1
        return (Reason("keyword_in_title" if is_in_title else "keyword", match.text),)

    def _read_author_reasons(self, filter_text: str, rank: int) -> tuple[Reason, ...]:
        match, authors = self.match(filter_text), self.fields.authors
        keyword = Reason("keyword", match.text)
        spelled = (authors.name(rank, term.words) for term in match.names)
        if name := next((name for name in spelled if name.strip()), ""):
            return (Reason("author", name) if match.has_only_names else keyword,)
        typed = list_author_names(match.text)
        agreeing = ((authors.perhaps_name(rank, term.words), typed.get(term.words, "")) for term in match.names)
        perhaps = [Reason("perhaps_author", "; ".join(both)) for both in agreeing if all(map(str.strip, both))][:1]
        return tuple(perhaps if perhaps and match.has_only_names else [keyword, *perhaps])

    def _list_category_reasons(self, categories: tuple[str, ...]) -> list[tuple[int, Reason]]:
        """Return sets of papers, each with how a category of a reader brings them; the first set that holds one counts.

        That is the first category that is the paper's primary one, or else one that lists it.
        """
        reasons = [Reason("category", code) for code in categories]
        primary = [(self.primary_bits(reason.text), reason) for reason in reasons]
        return primary + [(self.category_bits(reason.text), reason) for reason in reasons]

    def _match(self, filter_text: str) -> FilterMatch:
        """Return what a filter matches; nothing for a text that is none. Plain filters are looked up unparsed."""
        if plain_filter := parse_plain(filter_text):
            kind, first, second = plain_filter
            levels = match_plainly(plain_filter, self.fields)
            names: tuple[Term, ...] = (Term("author", (first,)),) if kind == "author" else ()
            spelled = () if names else (first, second) if kind in ("phrase", "both") else (first,)
            words = tuple(map(fold, spelled))
            return FilterMatch(filter_text, levels.anywhere & self.all, levels, None, words, names, bool(names))
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
