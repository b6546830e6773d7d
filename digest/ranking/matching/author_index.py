"""The authors of a day's papers, searched by name."""

from collections import defaultdict
from collections.abc import Sequence

from digest.ranking.matching.inverted_index import iterate_ranks
from subscriptions.filters.language import words


class AuthorIndex:
    def __init__(self, lists: Sequence[Sequence[str]]) -> None:
        """*lists* holds each paper's authors, by rank."""
        self._lists = lists
        self._parts = [[words(name) for name in names] for names in lists]
        bearers: defaultdict[str, dict[int, str]] = defaultdict(dict)
        for rank, names in enumerate(self._parts):
            for name, parts in zip(lists[rank], names, strict=True):
                for part in parts:
                    bearers[part].setdefault(rank, name)
        self._bearers = dict(bearers)
        self._bits = {part: sum(1 << rank for rank in found) for part, found in bearers.items()}

    def wrote(self, wanted: Sequence[str]) -> int:
        """The papers with an author whose name holds the wanted parts in this order, perhaps with others between."""
        found = self._bits.get(wanted[0], 0)
        for part in wanted[1:]:
            found &= self._bits.get(part, 0)
        if len(wanted) == 1:
            return found
        return sum(1 << rank for rank in iterate_ranks(found) if self.name(rank, wanted)) if found else 0

    def bear(self, first: str, second: str) -> bool:
        """Return whether an author bears both names, in this order."""
        return first in self._bits and second in self._bits and self.wrote((first, second)) > 0

    def name(self, rank: int, wanted: Sequence[str]) -> str:
        """The first author of a paper who bears that name, as the paper spells it; empty when there is none."""
        if len(wanted) == 1:
            return self._bearers.get(wanted[0], {}).get(rank, "")
        for place, parts in enumerate(self._parts[rank]):
            if _is_in_order(wanted, parts):
                return self._lists[rank][place]
        return ""


def _is_in_order(wanted: Sequence[str], parts: Sequence[str]) -> bool:
    left = iter(parts)
    return all(part in left for part in wanted)
