"""Chooses papers for some readers at once: which ones they may get, their score, the letter, and the reasons.

A reader may get a paper that a filter of theirs matches, that is in a category they follow, or that is near papers they
liked. Filters that only exclude take papers away. What a category alone brings must not be what the reader's own
signals speak against. Scores order what is left, and `compose.py` makes letters of them.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import reduce
from itertools import islice
from operator import or_
from threading import Lock
from typing import NamedTuple

import numpy as np

from digest.domain import Choice, Pick, Reason
from digest.ranking.draws import key_papers
from digest.ranking.matching.day_index import DayIndex, FilterMatch
from digest.ranking.matching.inverted_index import collect_ranks, iterate_ranks
from digest.ranking.matching.paper_sets import unpack_sets
from digest.ranking.personal.relevance import FAMILIES, DayScorer, DayScores
from digest.ranking.personal.signals import ReaderSignals
from digest.ranking.selection.compose import Composition, LetterRequest, LetterScores, Mask, compose_letters
from digest.ranking.selection.reasons import CATEGORIES, FILTERS, MAX_REASONS, Named, name_causes, weigh_causes
from subscriptions.reader import Reader

# What the attention that papers get counts, by what the reader chose.
POPULARITY_WEIGHTS = {"none": 0.0, "some": 1.0, "much": 2.0}

# So many scores are computed at a time, half a megabyte for each family: they fit into a processor's cache.
MAX_SCORES_AT_ONCE = 1 << 16

# Where a day has few papers, no more readers are scored at a time: their filters and likes take memory too.
MAX_READERS_AT_ONCE = 128


class MatchedPapers(NamedTuple):
    """The papers of the day that a reader's own words match, as sets."""

    # The filters that match anything, in the reader's order.
    matches: list[FilterMatch]
    by_filters: int
    # In a category that the reader follows.
    listed: int
    # The papers that may be chosen and that no filter of the reader's excludes.
    allowed: int

    @property
    def all(self) -> int:
        """Return all papers that a filter or a category brings."""
        return (self.by_filters | self.listed) & self.allowed


def find_matched_papers(reader: Reader, index: DayIndex) -> MatchedPapers:
    """Match a reader's filters and categories on the papers of the day."""
    allowed = index.all
    by_filters = 0
    matches = []
    for match in map(index.match, reader.filters):
        if match.bits:
            by_filters |= match.bits
            matches.append(match)
        elif match.muted:
            allowed &= ~match.muted
    listed = reduce(or_, map(index.category_bits, reader.categories), 0)
    return MatchedPapers(matches, by_filters, listed, allowed)


class WeighedPaper(NamedTuple):
    """A paper of a letter, and how much each family of causes did for it: see `weigh_causes`."""

    rank: int
    total: float
    order: Sequence[int]
    shares: Sequence[int]
    is_near: bool


class DaySelection:
    """Chooses papers of one day. It is made once for a day and asked for chunks of readers."""

    def __init__(self, index: DayIndex, scorer: DayScorer, day: date) -> None:
        self.index = index
        self.scorer = scorer
        self.day = day
        self._trending = {rank: (reason,) for rank, reason in index.trending.items() if index.papers[rank].score > 0}
        self._keys = key_papers((paper.arxiv_id for paper in index.papers), day)
        # Threads of the website share a selection: what the scorer keeps of papers and filters changes with each call.
        self._lock = Lock()
        self._rows_at_once = max(1, min(MAX_READERS_AT_ONCE, MAX_SCORES_AT_ONCE // max(1, len(index.papers))))

    def choose(
        self,
        readers: Sequence[Reader],
        signals: Sequence[ReaderSignals],
        matched: Sequence[MatchedPapers] | None = None,
        seen: Sequence[int] | None = None,
    ) -> list[Choice]:
        """Return the choice for each reader, in their order.

        *matched* are those of `find_matched_papers`, where they are known already; *seen* holds the papers that each
        reader had before, as sets.
        """
        matched = matched or [find_matched_papers(reader, self.index) for reader in readers]
        seen = seen or [0] * len(readers)
        choices: list[Choice] = []
        for start in range(0, len(readers), self._rows_at_once):
            rows = slice(start, start + self._rows_at_once)
            with self._lock:
                choices += self._choose_at_once(readers[rows], signals[rows], matched[rows], seen[rows])
        return choices

    def rank_candidates(self, reader: Reader, signals: ReaderSignals) -> list[int]:
        """Return the ranks of all papers that a reader may get, by their scores alone."""
        with self._lock:
            scores = self.scorer.score([signals])
        candidates, _ = self._find_candidates([find_matched_papers(reader, self.index)], scores)
        totals = scores.total[0]
        return sorted(candidates[0].nonzero()[0].tolist(), key=lambda rank: (-totals[rank], rank))

    def rank_as_letter(self, reader: Reader, signals: ReaderSignals) -> list[int]:
        """Return the ranks of all papers of the day: those of the reader's letter in its order, the others by score."""
        [choice] = self.choose([reader], [signals])
        with self._lock:
            totals = self.scorer.score([signals]).total[0]
        letter = [pick.rank for pick in choice.picks]
        others = sorted(set(range(len(totals))) - set(letter), key=lambda rank: (-totals[rank], rank))
        return letter + others

    def _choose_at_once(
        self,
        readers: Sequence[Reader],
        signals: Sequence[ReaderSignals],
        matched: Sequence[MatchedPapers],
        seen: Sequence[int],
    ) -> list[Choice]:
        """Return what `choose` does, for readers whose scores fit into one table."""
        scores = self.scorer.score(signals)
        candidates, only_listed = self._find_candidates(matched, scores)
        fresh = candidates & ~unpack_sets(seen, len(self.index.papers))
        found: list[int] = fresh.sum(axis=1).tolist()
        had_any = np.asarray(candidates.any(axis=1)).tolist()
        outcomes = [
            _name_exclusion(reader, count, is_seen=had)
            for reader, count, had in zip(readers, found, had_any, strict=True)
        ]
        served = [row for row, excluded in enumerate(outcomes) if not excluded]
        requests = []
        for row in served:
            reader, unseen = readers[row], matched[row].allowed & ~seen[row]
            matches = [match.bits & unseen for match in matched[row].matches]
            requests.append(LetterRequest(reader.id, reader.papers, matches, explores="new" not in reader.switched_off))
        totals, popularity = scores.total[served], scores.families["trending"]
        without_trending = totals - popularity[served] if popularity.any() else None
        letter_scores = LetterScores(totals, without_trending, fresh[served], only_listed[served])
        letters = compose_letters(requests, letter_scores, self.scorer.similarity, self._keys)
        picks = self._make_picks(readers, signals, matched, scores, dict(zip(served, letters, strict=True)))
        return [Choice(picks.get(row, ()), found[row], excluded) for row, excluded in enumerate(outcomes)]

    def _find_candidates(self, matched: Sequence[MatchedPapers], scores: DayScores) -> tuple[Mask, Mask]:
        """Return which papers each reader may get, and which of them nothing brings but a category."""
        size = len(self.index.papers)
        allowed = unpack_sets([each.allowed for each in matched], size)
        listed = unpack_sets([each.listed for each in matched], size)
        brought = unpack_sets([each.by_filters for each in matched], size) | scores.near
        only_listed = listed & ~brought
        is_disliked = only_listed & (scores.families["likes"] < 0)
        return (brought | listed) & allowed & ~is_disliked, only_listed

    def _make_picks(
        self,
        readers: Sequence[Reader],
        signals: Sequence[ReaderSignals],
        matched: Sequence[MatchedPapers],
        scores: DayScores,
        letters: Mapping[int, Composition],
    ) -> dict[int, tuple[Pick, ...]]:
        """Return the picks of each row that has a letter. What decided is weighed for all of them, then named."""
        matching = [self._name_matches(matched[row], letter.ranks) for row, letter in letters.items()]
        sizes = [len(letter.ranks) for letter in letters.values()]
        ranks = [rank for letter in letters.values() for rank in letter.ranks]
        counts = [
            len(words.get(rank, ()))
            for letter, words in zip(letters.values(), matching, strict=True)
            for rank in letter.ranks
        ]
        cells = np.repeat(np.array([*letters], np.int64), sizes), np.array(ranks, np.int64)
        weighed = weigh_causes({name: scores.families[name][cells] for name in FAMILIES}, counts)
        totals = np.round(scores.total[cells], 4).tolist()
        counts_attention: list[bool] = np.asarray(scores.families["trending"].any(axis=1)).tolist()
        papers = zip(ranks, totals, weighed.order, weighed.shares, weighed.are_near, strict=True)
        picks = {}
        for (row, letter), words in zip(letters.items(), matching, strict=True):
            in_letter = [WeighedPaper(*paper) for paper in islice(papers, len(letter.ranks))]
            trending = self._trending if counts_attention[row] else {}
            named = self._name_possible(readers[row], signals[row], in_letter, words, trending)
            picks[row] = tuple(
                _make_pick(paper, named, is_explored=paper.rank in letter.explored) for paper in in_letter
            )
        return picks

    def _name_possible(
        self,
        reader: Reader,
        signals: ReaderSignals,
        papers: Sequence[WeighedPaper],
        words: dict[int, tuple[Reason, ...]],
        trending: Mapping[int, tuple[Reason, ...]],
    ) -> Named:
        """Return what each family of causes can say of the papers of a letter. *words* are those that filters match."""
        near = [paper.rank for paper in papers if paper.is_near and paper.rank not in words]
        related = self.scorer.name_related(reader.filters, near) if near else ()
        words |= {rank: (reason,) for rank, reason in zip(near, related, strict=True) if reason}
        ranks = [paper.rank for paper in papers]
        likes = zip(ranks, self.scorer.name_likes(signals.liked, ranks), strict=True)
        listed = [
            paper.rank
            for paper in papers
            if paper.rank not in words or paper.order.index(CATEGORIES) < paper.order.index(FILTERS)
        ]
        categories = self._name_categories(reader, listed) if listed else {}
        return words, {rank: (reason,) for rank, reason in likes if reason}, categories, trending

    def _name_matches(self, matched: MatchedPapers, ranks: Sequence[int]) -> dict[int, tuple[Reason, ...]]:
        """Return what the reader's filters name for each of *ranks* that they match."""
        papers = collect_ranks(ranks)
        words: dict[int, tuple[Reason, ...]] = {}
        for match in matched.matches:
            if found := match.bits & papers:
                for rank in iterate_ranks(found):
                    words[rank] = words.get(rank, ()) + self.index.find_reasons(match, rank)
        return words

    def _name_categories(self, reader: Reader, ranks: Sequence[int]) -> dict[int, tuple[Reason, ...]]:
        """Return how a category of the reader's brings each of *ranks*."""
        categories: dict[int, tuple[Reason, ...]] = {}
        left = collect_ranks(ranks)
        for listed, reason in self.index.list_category_reasons(reader.categories):
            if found := listed & left:
                categories |= dict.fromkeys(iterate_ranks(found), (reason,))
                left ^= found
        return categories


def _make_pick(paper: WeighedPaper, named: Named, *, is_explored: bool) -> Pick:
    reasons = name_causes(paper.rank, paper.order, paper.shares, named)
    if is_explored:
        reasons = (Reason("explore", ""), *reasons[: MAX_REASONS - 1])
    return Pick(paper.rank, paper.total, reasons)


def describe_reader(reader: Reader) -> ReaderSignals:
    """Return the signals of a reader who has marked no papers."""
    return ReaderSignals(
        reader.categories,
        reader.filters,
        (),
        (),
        POPULARITY_WEIGHTS[reader.popularity],
        frozenset(reader.switched_off),
    )


def _name_exclusion(reader: Reader, matched: int, *, is_seen: bool) -> str:
    """Return why a reader gets no letter; empty if they get one."""
    if not matched:
        return "seen_before" if is_seen else "no_match"
    return "below_minimum" if matched < reader.minimum else ""
