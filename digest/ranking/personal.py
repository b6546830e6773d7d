"""Chooses a reader's papers: a few operations on whole sets of papers, then one step per paper chosen.

Four tiers: papers of an author whom the reader named, papers that several filters match, that one filter matches, that
are only in a category. So whatever matches a filter comes before what is only in a category, even if it takes all the
places: words are the narrower wish. Within a tier points.py says which papers match more strongly; equal ones stand as
in the edition. In the last tier the categories of a reader share the places. Filters that only exclude mute papers.

What the reader wanted more or less of moves papers within their tier, and takes none away.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from digest.ranking import points
from digest.ranking.affinity import Taste
from digest.ranking.matching import DayIndex, Followed, Match
from digest.ranking.points import Planes
from digest.ranking.postings import ranks
from digest.ranking.turns import shared_out
from digest.records import Choice, Pick, Reason
from subscriptions.readers import Reader

TIER = 1000
"""What a tier is worth in a score: more than all points together."""

Placed = tuple[int, int]
"""A paper's rank, and its points with those of its tier."""

Group = tuple[int, int]
"""A number of points, and the set of papers that have so many."""


class Matches(NamedTuple):
    """The papers that match a reader's interests."""

    tiers: tuple[int, ...]
    """Sets without common papers, the best first."""
    planes: Planes
    """The points of each paper."""

    @property
    def all(self) -> int:
        authored, several, one, listed = self.tiers
        return authored | several | one | listed


def choose(reader: Reader, index: DayIndex, *, seen: int = 0, taste: Taste | None = None) -> Choice:
    """The papers for a reader, best first, without those in the set *seen*; *taste* if they gave feedback."""
    matches = _matches(reader, index)
    fresh = matches.all & ~seen
    matched = fresh.bit_count()
    if not matched:
        return Choice((), 0, excluded="seen_before" if matches.all else "no_match")
    if matched < reader.minimum:
        return Choice((), matched, excluded="below_minimum")
    return Choice(tuple(_picks(reader, index, _best(reader, index, matches, fresh, taste), taste)), matched)


def matching(reader: Reader, index: DayIndex) -> int:
    """All papers that match the reader's interests, as a set."""
    return _matches(reader, index).all


def _matches(reader: Reader, index: DayIndex) -> Matches:
    allowed = index.all
    once = twice = authored = 0
    followed = index.followed(reader.categories)
    planes = list(followed.points)
    for text in reader.filters:
        match = index.match(text)
        if match.excludes:
            allowed &= match.bits
            continue
        authored |= match.authored
        twice |= once & match.bits
        once |= match.bits
        points.add(planes, match.points)
    tiers = (authored, twice & ~authored, once & ~twice & ~authored, followed.listed & ~once)
    return Matches(tuple(tier & allowed for tier in tiers), planes)


def _best(reader: Reader, index: DayIndex, matches: Matches, fresh: int, taste: Taste | None) -> Iterator[Placed]:
    """All fresh papers, best first."""
    left = reader.papers
    for worth, tier in zip((3, 2, 1, 0), matches.tiers, strict=True):
        if not (papers := tier & fresh):
            continue
        groups = points.descending(matches.planes, papers)
        if not worth and len(reader.categories) > 1:
            groups = _shared(groups, index.followed(reader.categories), left)
        yield from _placed(groups, worth * TIER, taste)
        left -= papers.bit_count()


def _shared(groups: Iterable[Group], followed: Followed, left: int) -> Iterator[Group]:
    """The same groups; one with more papers than places *left* is split into those that get a place and the others."""
    for total, papers in groups:
        first = papers
        if 0 < left < papers.bit_count():
            queues = followed.homes if total == points.PRIMARY else followed.guests
            first = shared_out(papers, queues, left)
        yield total, first
        yield total, papers ^ first
        left -= papers.bit_count()


def _placed(groups: Iterable[Group], worth: int, taste: Taste | None) -> Iterator[Placed]:
    if not taste:
        return ((rank, worth + total) for total, papers in groups for rank in ranks(papers))
    totals = {rank: worth + total for total, papers in groups for rank in ranks(papers)}
    return ((rank, totals[rank]) for rank in taste.ordered(totals))


def _picks(reader: Reader, index: DayIndex, best: Iterable[Placed], taste: Taste | None) -> list[Pick]:
    """As many picks as the reader wants. The score: the points, TIER for each tier, and the paper's own from 0 to 1."""
    wanted = [(text, match) for text in reader.filters if not (match := index.match(text)).excludes]
    return [
        Pick(rank, round(worth + index.papers[rank].score, 4), _reasons(reader, index, wanted, rank, taste))
        for rank, worth in islice(best, reader.papers)
    ]


def _reasons(
    reader: Reader, index: DayIndex, wanted: Sequence[tuple[str, Match]], rank: int, taste: Taste | None
) -> tuple[Reason, ...]:
    """Every filter that matches, else the first category that does; what it is like, and that it is trending, if so."""
    found = [
        index.author_reason(text, rank) if match.names else match.reason
        for text, match in wanted
        if match.bits >> rank & 1
    ]
    if not found:
        found = [index.category_reason(reader.categories, rank)]
    if taste and (like := taste.reason(rank, index.papers[rank].arxiv_id)):
        found.append(like)
    trending = index.trending.get(rank)
    return (*found, trending) if trending else tuple(found)
