"""The authors of a day's papers, searched by name."""

from collections import defaultdict
from collections.abc import Sequence

from digest.ranking.matching.inverted_index import iterate_ranks
from subscriptions.filters.language import words


class AuthorIndex:
    def __init__(self, authors: Sequence[Sequence[str]]) -> None:
        """*authors* holds each paper's authors, by rank."""
        self._authors = authors
        self._parts = [[words(name) for name in names] for names in authors]
        names_by_part: defaultdict[str, dict[int, str]] = defaultdict(dict)
        for rank, names in enumerate(self._parts):
            for name, parts in zip(authors[rank], names, strict=True):
                for part in parts:
                    names_by_part[part].setdefault(rank, name)
        self._names_by_part = dict(names_by_part)
        self._bits = {part: sum(1 << rank for rank in found) for part, found in names_by_part.items()}

    def papers_by(self, name_parts: Sequence[str]) -> int:
        """Return the papers with an author whose name holds these parts in this order, perhaps with others between."""
        found = self._bits.get(name_parts[0], 0)
        for part in name_parts[1:]:
            found &= self._bits.get(part, 0)
        if len(name_parts) == 1:
            return found
        return sum(1 << rank for rank in iterate_ranks(found) if self.name(rank, name_parts)) if found else 0

    def has_author(self, first: str, second: str) -> bool:
        """Return whether an author's name holds both parts, in this order."""
        return first in self._bits and second in self._bits and self.papers_by((first, second)) > 0

    def name(self, rank: int, name_parts: Sequence[str]) -> str:
        """Return the first author of a paper with these name parts, as the paper spells it; empty without one."""
        if len(name_parts) == 1:
            return self._names_by_part.get(name_parts[0], {}).get(rank, "")
        for place, parts in enumerate(self._parts[rank]):
            if _is_in_order(name_parts, parts):
                return self._authors[rank][place]
        return ""


def _is_in_order(name_parts: Sequence[str], parts: Sequence[str]) -> bool:
    remaining = iter(parts)
    return all(part in remaining for part in name_parts)
