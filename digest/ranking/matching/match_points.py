"""Points for many of a day's papers at once: groups, each a number of points and the set of papers that have so many.

What counts how much was tried on 400 readers and 42 days, each reader with five pairs of words from earlier titles.
"""

from collections.abc import Iterable, Sequence

from digest.ranking.matching.field_index import Levels

# A number of points, and the set of papers that have so many.
Group = tuple[int, int]

# No paper is in two of them.
Groups = Sequence[Group]

# In a category the reader follows: there as a guest, or at home.
CROSS_LISTED, PRIMARY = 1, 4

# What a filter is worth by where its words stand. An author's name counts as much as a title.
ONCE, OFTEN, TITLE = 5, 6, 8


def of_categories(listed: int, primary: int) -> Groups:
    """The papers in a reader's categories; those in *primary* belong there."""
    return _filled((PRIMARY, primary), (CROSS_LISTED, listed & ~primary))


def of_filter(levels: Levels, size: int) -> Groups:
    """What one filter is worth. Each halving of a day of *size* papers is a point more: what is rare says more."""
    anywhere, often, title, _ = levels
    if not anywhere:
        return ()
    rarity = (size // anywhere.bit_count()).bit_length()
    if not often:
        return ((ONCE + rarity, anywhere),)
    return _filled((TITLE + rarity, title), (OFTEN + rarity, often & ~title), (ONCE + rarity, anywhere & ~often))


def together(papers: int, parts: Iterable[Groups]) -> Groups:
    """*papers* by the sums of their points in all *parts*; a sum may come several times."""
    groups: list[Group] = [(0, papers)]
    for more in parts:
        found = []
        for worth, left in groups:
            for extra, some in more:
                if both := left & some:
                    left ^= both
                    found.append((worth + extra, both))
            if left:
                found.append((worth, left))
        groups = found
    return groups


def descending(groups: Iterable[Group]) -> list[Group]:
    """The same papers, the highest points first and each number of points once."""
    merged: dict[int, int] = {}
    for worth, papers in groups:
        merged[worth] = merged.get(worth, 0) | papers
    return sorted(merged.items(), reverse=True)


def _filled(*groups: Group) -> Groups:
    return tuple([group for group in groups if group[1]])
