"""Chooses a reader's papers: a few operations on whole sets of papers, then one step per paper chosen.

Papers that two or more of the reader's filters match come first, then those of one filter, then those that are only in
a category the reader follows; within each tier in the edition's order. Filters that only exclude mute papers.
What the reader wanted more or less of moves papers within their tier, and takes none away.
"""

from collections.abc import Sequence
from itertools import islice

from digest.ranking.affinity import Taste
from digest.ranking.matching import DayIndex, Match
from digest.ranking.postings import ranks
from digest.records import Choice, Pick, Reason
from subscriptions.readers import Reader


def choose(reader: Reader, index: DayIndex, *, seen: int = 0, taste: Taste | None = None) -> Choice:
    """The papers for a reader, best first, without those in the set *seen*; *taste* if they gave feedback."""
    tiers = _tiers(reader, index, seen)
    matched = sum(tier.bit_count() for tier in tiers)
    if not matched:
        return Choice((), 0, excluded="no_match")
    if matched < reader.minimum:
        return Choice((), matched, excluded="below_minimum")
    return Choice(tuple(_picks(reader, index, tiers, taste)), matched)


def matching(reader: Reader, index: DayIndex) -> int:
    """All papers that match the reader's interests, as a set."""
    twice, once, listed = _tiers(reader, index, 0)
    return twice | once | listed


def _tiers(reader: Reader, index: DayIndex, seen: int) -> tuple[int, int, int]:
    """Three sets without common papers: matched by several filters, by one, by a category only."""
    allowed = index.all & ~seen
    once = twice = listed = 0
    for text in reader.filters:
        match = index.match(text)
        if match.excludes:
            allowed &= match.bits
        else:
            twice |= once & match.bits
            once |= match.bits
    for code in reader.categories:
        listed |= index.category_bits(code)
    return twice & allowed, once & ~twice & allowed, listed & ~once & allowed


def _picks(reader: Reader, index: DayIndex, tiers: Sequence[int], taste: Taste | None) -> list[Pick]:
    """As many picks as the reader wants. The score is the tier's (2, 1, 0) plus the paper's own, which is 0 to 1."""
    in_order = taste.ordered if taste else ranks
    wanted = [(text, index.match(text)) for text in reader.filters]
    best = ((bonus, rank) for bonus, tier in zip((2, 1, 0), tiers, strict=True) for rank in in_order(tier))
    return [
        Pick(rank, round(bonus + index.papers[rank].score, 4), _reasons(reader, index, wanted, rank, taste))
        for bonus, rank in islice(best, reader.papers)
    ]


def _reasons(
    reader: Reader, index: DayIndex, wanted: Sequence[tuple[str, Match]], rank: int, taste: Taste | None
) -> tuple[Reason, ...]:
    """Every filter that matches, else the first category that does; what it is like, and that it is trending, if so."""
    found = [
        index.author_reason(text, rank) if match.names else match.reason
        for text, match in wanted
        if match.bits >> rank & 1 and not match.excludes
    ]
    if not found:
        listed = (code for code in reader.categories if index.category_bits(code) >> rank & 1)
        found = [index.category_reason(code) for code in islice(listed, 1)]
    if taste and (like := taste.reason(rank, index.papers[rank].arxiv_id)):
        found.append(like)
    trending = index.trending.get(rank)
    return (*found, trending) if trending else tuple(found)
