"""The authors of a day's papers, searched by name."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, combinations, pairwise

from subscriptions.filters.language import words

# A name with more parts is a sentence about a group: it is read, instead of listing every two of its parts.
MAX_LISTED_PARTS = 8


class AuthorIndex:
    """Large experiments sign with thousands of names and few initials, so names are listed by every two parts."""

    def __init__(self, authors: Sequence[Sequence[str]]) -> None:
        """*authors* holds each paper's authors, by rank."""
        self._names = [(rank, name, words(name)) for rank, names in enumerate(authors) for name in names]
        # The number of a paper's first name in `_names`, and after the last paper how many there are.
        self._first_names = [0, *accumulate(map(len, authors))]
        names_by_part: defaultdict[str, dict[int, str]] = defaultdict(dict)
        # Two parts of a name, in their order, perhaps with others between -> the numbers of such names, ascending.
        numbers_by_pair: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self._long_names: list[int] = []
        for number, (rank, name, parts) in enumerate(self._names):
            for part in parts:
                names_by_part[part].setdefault(rank, name)
            if len(parts) > MAX_LISTED_PARTS:
                self._long_names.append(number)
            else:
                for pair in set(combinations(parts, 2)):
                    numbers_by_pair[pair].append(number)
        self._names_by_part = dict(names_by_part)
        self._numbers_by_pair = dict(numbers_by_pair)
        self._bits = {part: sum(1 << rank for rank in found) for part, found in names_by_part.items()}

    def papers_by(self, name_parts: Sequence[str]) -> int:
        """Return the papers with an author whose name holds these parts in this order, perhaps with others between."""
        if len(name_parts) == 1:
            return self._bits.get(name_parts[0], 0)
        found = 0
        for number in self._find_names(name_parts, 0, len(self._names)):
            found |= 1 << self._names[number][0]
        return found

    def has_author(self, first: str, second: str) -> bool:
        """Return whether an author's name holds both parts, in this order."""
        return first in self._bits and second in self._bits and self.papers_by((first, second)) > 0

    def name(self, rank: int, name_parts: Sequence[str]) -> str:
        """Return the first author of a paper with these name parts, as the paper spells it; empty without one."""
        if len(name_parts) == 1:
            return self._names_by_part.get(name_parts[0], {}).get(rank, "")
        numbers = self._find_names(name_parts, self._first_names[rank], self._first_names[rank + 1])
        first = min(numbers, default=None)
        return "" if first is None else self._names[first][1]

    def _find_names(self, name_parts: Sequence[str], start: int, end: int) -> Iterator[int]:
        """Return the numbers from *start* before *end* of the names that hold the parts in this order."""
        listed, *others = [self._numbers_by_pair.get(pair, ()) for pair in pairwise(name_parts)]
        near: Iterable[int] = listed[bisect_left(listed, start) : bisect_left(listed, end)]
        read = self._long_names[bisect_left(self._long_names, start) : bisect_left(self._long_names, end)]
        if others:
            near, read = (), [*set(near).intersection(*others), *read]
        return chain(near, (number for number in read if _is_in_order(name_parts, self._names[number][2])))


def _is_in_order(name_parts: Sequence[str], parts: Sequence[str]) -> bool:
    remaining = iter(parts)
    return all(part in remaining for part in name_parts)
