"""The index in the database, as searches ask it: each question is one query."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import lru_cache

import numpy as np
from django.db.models import Sum
from django.db.models.functions import Length
from numpy.typing import NDArray

from digest.editions.first_days import load_first_days
from digest.models import SearchBlock, SearchTerm, Version
from digest.ranking.search.paper_terms import PLACES_PER_PAPER
from digest.ranking.search.postings import NO_POSTINGS, Postings, merge
from digest.search.index import REPLACED, VERSIONS_PER_BLOCK

# Beginnings have many terms; the postings of so many rows are read at most.
MAX_ROWS_OF_BEGINNING = 2000
BYTES_PER_POSTING = 4


class DatabaseIndex:
    """Papers are numbered without gaps between blocks; `versions` says which versions they are."""

    def __init__(self) -> None:
        blocks = list(SearchBlock.objects.order_by("number").values_list("number", "lengths"))
        self._places = {number: place for place, (number, _) in enumerate(blocks)}
        self._numbers = np.array([number for number, _ in blocks], np.int64)
        self._stored = [(number, bytes(lengths)) for number, lengths in blocks]
        lengths = np.frombuffer(b"".join(lengths for _, lengths in self._stored), "<u2")
        # Those that were asked for: one search asks for the same ones several times.
        self._by_stem: dict[str, Postings] = {}
        self._by_term: dict[str, Postings] = {}
        self.lengths: NDArray[np.float64] = np.where(lengths < REPLACED, lengths, 0).astype(np.float64)

    def versions(self, papers: NDArray[np.int64]) -> list[int]:
        """Return the versions of numbered papers."""
        found = self._numbers[papers // VERSIONS_PER_BLOCK] * VERSIONS_PER_BLOCK + papers % VERSIONS_PER_BLOCK
        return [int(pk) for pk in found]

    def number(self, version: int) -> int | None:
        """Return the number of a version; None if it is not in the index."""
        block, place = divmod(version, VERSIONS_PER_BLOCK)
        return self._places[block] * VERSIONS_PER_BLOCK + place if block in self._places else None

    def find_numbers(self, versions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the numbers of many versions; -1 for those that no search finds: not in the index, or replaced."""
        if not len(self._numbers):
            return np.full(len(versions), -1, np.int64)
        blocks, places = np.divmod(versions, VERSIONS_PER_BLOCK)
        at = np.minimum(np.searchsorted(self._numbers, blocks), len(self._numbers) - 1)
        numbers = at * VERSIONS_PER_BLOCK + places
        return np.where((self._numbers[at] == blocks) & (self.lengths[numbers] > 0), numbers, -1)

    def first_days(self) -> NDArray[np.int32]:
        """Return by number when each paper came out (`date.toordinal`), 0 where nobody knows.

        It takes a query for each block whose versions changed since this process asked last.
        """
        return np.concatenate([np.zeros(0, np.int32), *(load_days_of_block(*each) for each in self._stored)])

    def count_postings(self, words: Collection[str]) -> dict[str, int]:
        """Return how often words stand in the papers; those that stand nowhere are left out."""
        rows = SearchTerm.objects.filter(term__in=[word.encode() for word in words]).order_by()
        counted = rows.values("term").annotate(size=Sum(Length("postings")))
        return {bytes(term).decode(): size // BYTES_PER_POSTING for term, size in counted.values_list("term", "size")}

    def by_term(self, terms: Collection[str]) -> dict[str, Postings]:
        if unread := set(terms) - self._by_term.keys():
            rows = SearchTerm.objects.filter(term__in=[term.encode() for term in sorted(unread)])
            found = self._read(rows.order_by("block").values_list("term", "block", "postings"))
            self._by_term |= {each: found.get(each, NO_POSTINGS) for each in unread}
        return {each: self._by_term[each] for each in terms if len(self._by_term[each])}

    def by_stem(self, stems: Collection[str]) -> dict[str, Postings]:
        if unread := set(stems) - self._by_stem.keys():
            rows = SearchTerm.objects.filter(stem__in=[each.encode() for each in sorted(unread)])
            found = self._read(rows.order_by("block").values_list("stem", "block", "postings"))
            self._by_stem |= {each: found.get(each, NO_POSTINGS) for each in unread}
        return {each: self._by_stem[each] for each in stems if len(self._by_stem[each])}

    def by_beginning(self, beginning: str) -> Postings:
        first = beginning.encode()
        rows = SearchTerm.objects.filter(term__gte=first, term__lt=first + b"\xff")
        kept = rows.order_by("term", "block")[:MAX_ROWS_OF_BEGINNING].values_list("term", "block", "postings")
        # `theta*` is not to find what stands behind a name and a colon, nor the other way round.
        return merge([each for term, each in self._read(kept).items() if (":" in term) == (":" in beginning)])

    def _read(self, rows: Iterable[tuple[bytes | memoryview, int, bytes | memoryview]]) -> dict[str, Postings]:
        """Return the postings of each key, of rows that come block by block.

        A block that was added since the blocks were read is left out: its papers have no numbers yet.
        """
        found: defaultdict[bytes, list[Postings]] = defaultdict(list)
        for key, block, postings in rows:
            if block in self._places:
                start = self._places[block] * VERSIONS_PER_BLOCK * PLACES_PER_PAPER
                found[bytes(key)].append(np.frombuffer(bytes(postings), "<u4").astype(np.int64) + start)
        return {key.decode(): _join(several) for key, several in found.items()}


@lru_cache(maxsize=256)
def load_days_of_block(block: int, _lengths: bytes) -> NDArray[np.int32]:
    """Return when each paper of a block came out. It is read again once the lengths tell of new versions."""
    first = block * VERSIONS_PER_BLOCK
    days = np.zeros(VERSIONS_PER_BLOCK, np.int32)
    for pk, day in load_first_days(Version.objects.filter(pk__gte=first, pk__lt=first + VERSIONS_PER_BLOCK)).items():
        days[pk - first] = day.toordinal()
    return days


def _join(several: list[Postings]) -> Postings:
    joined = several[0] if len(several) == 1 else np.concatenate(several)
    return joined if np.all(joined[1:] > joined[:-1]) else np.sort(joined)
