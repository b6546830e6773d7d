"""Points for all of a day's papers at once: their sums stand in planes, one set of papers for each binary digit.

Plane n holds the papers whose sum has the digit 2^n. Adding carries from plane to plane; reading the papers from the
highest sum down halves a set plane by plane, so that it costs by the papers wanted, not by those there are.

What counts how much was tried on 400 readers and 42 days, each reader with five pairs of words from earlier titles.
"""

from collections.abc import Iterable, Iterator, Sequence

from digest.ranking.fields import Levels

Planes = Sequence[int]

CROSS_LISTED, PRIMARY = 1, 4
"""In a category the reader follows: there as a guest, or at home."""

ONCE, OFTEN, TITLE = 5, 6, 8
"""What a filter is worth by where its words stand. An author's name counts as much as a title."""


def of_categories(listed: int, primary: int) -> list[int]:
    """The planes of papers in a reader's categories; those in *primary* belong there."""
    return _planes(((CROSS_LISTED, listed & ~primary), (PRIMARY, primary)))


def of_filter(levels: Levels, size: int) -> Planes:
    """The planes of one filter. Each halving of a day of *size* papers is a point more: what is rare says more."""
    rarity = (size // max(1, levels.anywhere.bit_count())).bit_length()
    sets = (
        (ONCE, levels.anywhere & ~levels.often),
        (OFTEN, levels.often & ~levels.title),
        (TITLE, levels.title),
    )
    return _planes((worth + rarity, papers) for worth, papers in sets)


def add(planes: list[int], more: Planes) -> None:
    """Add the sums in *more* to those in *planes*."""
    planes.extend([0] * (len(more) - len(planes)))
    for place, carried in enumerate(more):
        while carried:
            if place == len(planes):
                planes.append(0)
            planes[place], carried = planes[place] ^ carried, planes[place] & carried
            place += 1


def descending(planes: Planes, among: int) -> Iterator[tuple[int, int]]:
    """(Sum, the papers *among* these that have it), the highest first."""
    waiting = [(among, len(planes), 0)]
    while waiting:
        papers, place, total = waiting.pop()
        if not place:
            yield total, papers
            continue
        place -= 1
        high = papers & planes[place]
        if low := papers ^ high:
            waiting.append((low, place, total))
        if high:
            waiting.append((high, place, total | 1 << place))


def _planes(sets: Iterable[tuple[int, int]]) -> list[int]:
    """The planes of papers that have so many points; the sets have none in common."""
    planes: list[int] = []
    for worth, papers in sets:
        add(planes, [papers if worth >> place & 1 else 0 for place in range(worth.bit_length())])
    return planes
