"""Chooses a reader's papers: a few operations on whole sets of papers, then one step for each paper chosen.

Four tiers: papers of an author whom the reader named, papers that several filters match, that one filter matches, that
are only in a category. So whatever matches a filter comes before what is only in a category, even if it takes all the
places: words are the narrower wish. Within a tier match_points.py says which papers match more strongly; equal ones
stand as in the edition. In the last tier the categories of a reader share the places. Filters that only exclude mute
papers.

What the reader wanted more or less of moves papers within their tier, and takes none away.
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
    wanted: ReaderInterests | None = None,
    *,
    seen: int = 0,
    taste: FeedbackAffinity | None = None,
) -> Choice:
    """The papers for a reader, best first, without those in the set *seen*; *taste* if they gave feedback."""
    wanted = wanted or find_interests(reader, index)
    fresh = wanted.all & ~seen
    matched = fresh.bit_count()
    if not matched:
        return Choice((), 0, "seen_before" if wanted.all else "no_match")
    if matched < reader.minimum:
        return Choice((), matched, "below_minimum")
    if taste:
        return Choice(tuple(_pick_by_feedback(reader, index, wanted, fresh, taste)), matched)
    picks = _pick_by_filters(reader, index, wanted, fresh)
    if (left := reader.papers - len(picks)) > 0 and (rest := fresh & ~wanted.once):
        picks += _pick_by_categories(reader, index, wanted, rest, left)
    return Choice(tuple(picks), matched)


def _pick_by_filters(reader: Reader, index: DayIndex, wanted: ReaderInterests, fresh: int) -> list[Pick]:
    most = reader.papers
    owned = find_candidates(most, index, wanted, fresh)
    scores, last, new = index.scores, index.last, tuple.__new__
    picks = []
    for each in sorted(owned, reverse=True)[:most]:
        match, rank = owned[each], last - (each & PLACE_MASK)
        reasons = match.reasons or match.told[rank] if match else _collect_reasons(index, wanted, rank)
        picks.append(new(Pick, (rank, scores[each], reasons)))
    return picks


def _pick_by_categories(
    reader: Reader, index: DayIndex, wanted: ReaderInterests, papers: int, left: int
) -> Iterable[Pick]:
    """Return picks for the places that filters left. Mostly they are the same for all readers of these categories."""
    filling = index.filling(reader.categories, left)
    if not filling.papers & ~papers:
        return filling.picks
    return [index.category_pick(reader.categories, rank) for rank in wanted.followed.first(papers, left)]


def _pick_by_feedback(
    reader: Reader, index: DayIndex, wanted: ReaderInterests, fresh: int, taste: FeedbackAffinity
) -> Iterator[Pick]:
    """Yield picks after each paper has moved within its tier by what the reader marked."""
    last = index.last
    keys = sorted(find_candidates(len(index.papers), index, wanted, fresh), reverse=True)
    listed = wanted.followed.in_order(fresh & ~wanted.once, reader.papers - len(keys))
    keys += [wanted.followed.bonus[last - rank] | last - rank for rank in listed]
    tiers = (list(tier) for _, tier in groupby(keys, key=lambda each: each >> TIER_SHIFT))
    best = (each for tier in tiers for each in _move_by_feedback(tier, taste, last))
    for each in islice(best, reader.papers):
        rank = last - (each & PLACE_MASK)
        found = [match.reason(rank) for match in wanted.matches if match.bits >> rank & 1]
        found = found or [index.category_reason(reader.categories, rank)]
        if like := taste.reason(rank, index.papers[rank].arxiv_id):
            found.append(like)
        yield Pick(rank, index.scores[each], index.with_trending(found, rank))


def _move_by_feedback(tier: Sequence[int], taste: FeedbackAffinity, last: int) -> Iterator[int]:
    by_rank = {last - (each & PLACE_MASK): each for each in tier}
    return map(by_rank.__getitem__, taste.ordered(by_rank))


def _collect_reasons(index: DayIndex, wanted: ReaderInterests, rank: int) -> tuple[Reason, ...]:
    """Return every filter that matches, and that the paper is trending, if so."""
    found = [match.reason(rank) for match in wanted.matches if match.bits >> rank & 1]
    return index.with_trending(found, rank)
