"""Finds a day's papers by the name of an author: as it is written, or by initials where these can only be theirs."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain, combinations, pairwise

from digest.ranking.matching.common_surnames import COMMON_SURNAMES
from subscriptions.filters.person_names import (
    count_agreeing_initials,
    may_be_same_person,
    split_name,
    without_suffix,
)

# A name with more parts is a sentence about a group: it is read, instead of listing every two of its parts.
MAX_LISTED_PARTS = 8

Parts = tuple[str, ...]


class AuthorIndex:
    """The names of the authors of a day's papers.

    Large experiments sign with thousands of names and few initials, so names are listed by every two parts.
    """

    def __init__(self, authors: Sequence[Sequence[str]]) -> None:
        """Index the *authors* of each paper, by its rank."""
        self._names = [(rank, name, tuple(split_name(name))) for rank, names in enumerate(authors) for name in names]
        # The number of a paper's first name in `_names`, and after the last paper how many there are.
        self._first_names = [0, *accumulate(map(len, authors))]
        names_by_part: defaultdict[str, dict[int, str]] = defaultdict(dict)
        # Two parts of a name, in their order, perhaps with others between -> the numbers of such names, ascending.
        numbers_by_pair: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        # A surname and the first letter of a name before it -> the numbers of such names, ascending.
        numbers_by_surname: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self._long_names: list[int] = []
        for number, (rank, name, parts) in enumerate(self._names):
            spellings = list(_spell_name(parts))
            for part in set(chain.from_iterable(spellings)):
                names_by_part[part].setdefault(rank, name)
            if len(parts) > MAX_LISTED_PARTS:
                self._long_names.append(number)
                continue
            for pair in {pair for spelling in spellings for pair in combinations(spelling, 2)}:
                numbers_by_pair[pair].append(number)
            person = without_suffix(parts)
            if len(person) > 1:
                numbers_by_surname[person[-1], person[0][0]].append(number)
        self._names_by_part = dict(names_by_part)
        self._numbers_by_pair = dict(numbers_by_pair)
        self._numbers_by_surname = dict(numbers_by_surname)
        self._bits = {part: sum(1 << rank for rank in found) for part, found in names_by_part.items()}

    def papers_by(self, name_parts: Sequence[str]) -> int:
        """Return the papers with an author whose name holds these parts in this order, perhaps with others between."""
        found = 0
        for spelling in _spell_filter(name_parts):
            if len(spelling) == 1:
                found |= self._bits.get(spelling[0], 0)
            else:
                for number in self._find_names(spelling, 0, len(self._names)):
                    found |= 1 << self._names[number][0]
        return found

    def has_author(self, first: str, second: str) -> bool:
        """Return whether an author's name holds both parts, in this order."""
        return first in self._bits and second in self._bits and self.papers_by((first, second)) > 0

    def papers_perhaps_by(self, name_parts: Sequence[str]) -> int:
        """Return the papers with an author whose name agrees with these parts by initials.

        For a common surname one initial says nothing: two given names must agree.
        """
        found = 0
        for number in self._find_namesakes(name_parts, 0, len(self._names)):
            found |= 1 << self._names[number][0]
        return found

    def name(self, rank: int, name_parts: Sequence[str]) -> str:
        """Return the first author of a paper with these name parts, as the paper spells it; empty without one."""
        numbers: list[int] = []
        for spelling in _spell_filter(name_parts):
            if len(spelling) == 1:
                return self._names_by_part.get(spelling[0], {}).get(rank, "")
            numbers += self._find_names(spelling, self._first_names[rank], self._first_names[rank + 1])
        return self._names[min(numbers)][1] if numbers else ""

    def perhaps_name(self, rank: int, name_parts: Sequence[str]) -> str:
        """Return the first author of a paper whose name agrees with these parts by initials; empty without one."""
        numbers = self._find_namesakes(name_parts, self._first_names[rank], self._first_names[rank + 1])
        first = min(numbers, default=None)
        return "" if first is None else self._names[first][1]

    def _find_names(self, name_parts: Parts, start: int, end: int) -> Iterator[int]:
        """Return the numbers from *start* before *end* of the names that hold the parts in this order."""
        listed, *others = [self._numbers_by_pair.get(pair, ()) for pair in pairwise(name_parts)]
        near: Iterable[int] = listed[bisect_left(listed, start) : bisect_left(listed, end)]
        read = self._long_names[bisect_left(self._long_names, start) : bisect_left(self._long_names, end)]
        if others:
            near, read = (), [*set(near).intersection(*others), *read]
        return chain(near, (number for number in read if _is_in_order(name_parts, self._names[number][2])))

    def _find_namesakes(self, name_parts: Sequence[str], start: int, end: int) -> Iterator[int]:
        """Yield the numbers from *start* before *end* of the names that agree with the parts by initials."""
        person = without_suffix(name_parts)
        if len(person) < 2:
            return
        listed = self._numbers_by_surname.get((person[-1], person[0][0]), [])
        least = 2 if person[-1] in COMMON_SURNAMES else 1
        for number in listed[bisect_left(listed, start) : bisect_left(listed, end)]:
            other = without_suffix(self._names[number][2])
            if may_be_same_person(person, other) and count_agreeing_initials(person, other) >= least:
                yield number


def _spell_name(parts: Parts) -> Iterator[Parts]:
    """Yield the ways to write a name of a paper: with and without a hyphen, and with half of a double surname."""
    plain = tuple(part.replace("-", "") for part in parts)
    yield plain
    yield from _merge_given_names(parts)
    if parts and "-" in parts[-1]:
        for half in parts[-1].split("-"):
            yield (*plain[:-1], half)


def _spell_filter(parts: Sequence[str]) -> Iterator[Parts]:
    """Yield the ways to write a name that a reader looks for, without a suffix such as Jr."""
    person = without_suffix(parts)
    yield tuple(part.replace("-", "") for part in person)
    yield from _merge_given_names(person)


def _merge_given_names(parts: Parts) -> Iterator[Parts]:
    """Yield `xiaoming li` for `xiao ming li`, which others write Xiao-Ming or Xiaoming."""
    if len(parts) > 2 and min(map(len, parts[:2])) > 1 and not any("-" in part for part in parts[:2]):
        yield (parts[0] + parts[1], *(part.replace("-", "") for part in parts[2:]))


def _is_in_order(name_parts: Sequence[str], parts: Parts) -> bool:
    """Return whether a name of these *parts* holds *name_parts* in their order, in any way to write it."""
    for spelling in _spell_name(parts):
        remaining = iter(spelling)
        if all(part in remaining for part in name_parts):
            return True
    return False
