"""Chooses a reader's papers: a few operations on sets of papers, then one step for each paper chosen.

There are four tiers: papers of an author whom the reader named, papers that several filters match, papers that one
filter matches, and papers that are only in a category. So papers that match a filter come first, even if they take all
places: a filter is the more exact interest. Within a tier match_points.py says which papers match more strongly; equal
ones keep the edition's order. In the last tier the categories of a reader share the places. Filters that only exclude
mute papers.

A reader's `more` and `less` feedback moves papers within their tier, and takes none away.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice

from digest.domain import Choice, Pick, Reason
from digest.ranking.matching.day_index import DayIndex
from digest.ranking.personal.feedback_affinity import FeedbackAffinity
from digest.ranking.selection.candidates import ReaderInterests, find_candidates, find_interests
from digest.ranking.selection.sort_key import PLACE_MASK, TIER_SHIFT
from subscriptions.reader import Reader


def choose_papers(
    reader: Reader,
    index: DayIndex,
    interests: ReaderInterests | None = None,
    *,
    seen: int = 0,
    feedback: FeedbackAffinity | None = None,
) -> Choice:
    """Return the papers for a reader, best first, or why there are none.

    *seen* is a set of papers that the reader had before; *feedback* is what they marked, if they did.
    """
    interests = interests or find_interests(reader, index)
    fresh = interests.all & ~seen
    matched = fresh.bit_count()
    if not matched:
        return Choice((), 0, "seen_before" if interests.all else "no_match")
    if matched < reader.minimum:
        return Choice((), matched, "below_minimum")
    if feedback:
        return Choice(tuple(_pick_by_feedback(reader, index, interests, fresh, feedback)), matched)
    picks = _pick_by_filters(reader, index, interests, fresh)
    if (left := reader.papers - len(picks)) > 0 and (rest := fresh & ~interests.by_filters):
        picks += _pick_by_categories(reader, index, interests, rest, left)
    return Choice(tuple(picks), matched)


def _pick_by_filters(reader: Reader, index: DayIndex, interests: ReaderInterests, fresh: int) -> list[Pick]:
    """Return picks of papers that filters match, best first. It runs for every reader, so it makes tuples directly."""
    candidates = find_candidates(reader.papers, index, interests, fresh)
    scores, last, new = index.scores, index.last, tuple.__new__
    picks = []
    for key in sorted(candidates, reverse=True)[: reader.papers]:
        match, rank = candidates[key], last - (key & PLACE_MASK)
        if match:
            reasons = match.reasons or match.reasons_by_rank[rank]
        else:
            reasons = index.with_trending(_filter_reasons(interests, rank), rank)
        picks.append(new(Pick, (rank, scores[key], reasons)))
    return picks


def _pick_by_categories(
    reader: Reader, index: DayIndex, interests: ReaderInterests, papers: int, left: int
) -> Iterable[Pick]:
    """Return picks for the places that filters left; mostly those that all readers of these categories share."""
    filling = index.filling(reader.categories, left)
    if not filling.papers & ~papers:
        return filling.picks
    return [index.category_pick(reader.categories, rank) for rank in interests.followed.first(papers, left)]


def _pick_by_feedback(
    reader: Reader, index: DayIndex, interests: ReaderInterests, fresh: int, feedback: FeedbackAffinity
) -> Iterator[Pick]:
    """Yield picks, each tier sorted by the reader's affinity."""
    last = index.last
    keys = sorted(find_candidates(len(index.papers), index, interests, fresh), reverse=True)
    listed = interests.followed.in_order(fresh & ~interests.by_filters, reader.papers - len(keys))
    keys += [interests.followed.bonus[last - rank] | last - rank for rank in listed]
    tiers = (list(tier) for _, tier in groupby(keys, key=lambda key: key >> TIER_SHIFT))
    best = (key for tier in tiers for key in _sort_by_affinity(tier, feedback, last))
    for key in islice(best, reader.papers):
        rank = last - (key & PLACE_MASK)
        reasons = _filter_reasons(interests, rank) or [index.category_reason(reader.categories, rank)]
        if like := feedback.reason(rank, index.papers[rank].arxiv_id):
            reasons.append(like)
        yield Pick(rank, index.scores[key], index.with_trending(reasons, rank))


def _sort_by_affinity(tier: Sequence[int], feedback: FeedbackAffinity, last: int) -> Iterator[int]:
    """Yield the keys of a tier, the papers that the reader likes most first."""
    by_rank = {last - (key & PLACE_MASK): key for key in tier}
    return map(by_rank.__getitem__, feedback.ordered(by_rank))


def _filter_reasons(interests: ReaderInterests, rank: int) -> list[Reason]:
    """Return the reason of every filter that matches the paper."""
    return [match.reason(rank) for match in interests.matches if match.bits >> rank & 1]
