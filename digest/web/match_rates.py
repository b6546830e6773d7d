"""How many papers a day some interests bring: counted in the last editions, by the index of searches."""

from collections.abc import Iterable, Sequence
from functools import lru_cache, reduce
from operator import and_, or_
from typing import NamedTuple

import numpy as np
from django.db.models import Max
from numpy.typing import NDArray

from digest.domain import ANNOUNCED_AS_NEW
from digest.models import Edition, EditionEntry
from digest.ranking.search.filter_matches import find_matches
from digest.search.lookup import DatabaseIndex
from digest.web.selectors import published_editions
from subscriptions.filters.language import is_exclusion, parse
from subscriptions.taxonomy import categories

EDITIONS_COUNTED = 20
# The answers of so many filters are kept: each takes a bit for each paper of the editions, some kilobytes.
MAX_KEPT_FILTERS = 2000
# Where the index lacks more of the papers than this, counts would be too low.
MIN_SHARE_INDEXED = 0.8

Bits = NDArray[np.uint8]


class MatchRate(NamedTuple):
    """How many papers interests brought in all, in how many editions."""

    papers: int
    editions: int

    @property
    def per_day(self) -> int:
        return round(self.papers / self.editions)

    @property
    def per_week(self) -> int:
        """Return how many come in a week of five editions."""
        return round(5 * self.papers / self.editions)


def estimate_rate(newest: Edition, codes: Sequence[str], filters: Iterable[str]) -> MatchRate | None:
    """Return how many papers categories and checked filters brought; None where the index knows too few of them.

    It takes one query, and one to three more for each filter that nobody had before. *newest* is the newest edition.
    """
    return load_recent_papers(newest.pk, newest.frozen_at).count(codes, tuple(filters))


@lru_cache(maxsize=1)
def load_recent_papers(_edition_id: int, _frozen_at: object) -> "RecentPapers":
    return RecentPapers()


class RecentPapers:
    """The papers that the last editions announced as new, once for each edition. A set of them is an array of bits."""

    def __init__(self) -> None:
        editions = list(published_editions().order_by("-day").values_list("pk", flat=True)[:EDITIONS_COUNTED])
        of_the_day = EditionEntry.objects.of_the_day()
        entries = of_the_day.filter(edition__in=editions, kind__in=ANNOUNCED_AS_NEW)
        # The index has the newest version of each paper only.
        newest = entries.annotate(newest=Max("version__paper__versions")).order_by("pk")
        rows = list(newest.values_list("newest", "version__categories"))
        self._editions = len(editions)
        self._versions = np.array([version for version, _ in rows], np.int64)
        self._is_indexed = float((DatabaseIndex().find_numbers(self._versions) >= 0).mean()) >= MIN_SHARE_INDEXED
        listed: dict[str, list[int]] = {}
        for place, (_, codes) in enumerate(rows):
            for code in {categories.canonical(each) or each for each in codes}:
                listed.setdefault(code, []).append(place)
        self._by_category = {code: self._pack(places) for code, places in listed.items()}
        self._by_filter: dict[str, Bits] = {}

    def count(self, codes: Sequence[str], filters: Sequence[str]) -> MatchRate | None:
        """Return how many papers are in one of the categories or match a filter, and no filter excludes."""
        if filters and not self._is_indexed:
            return None
        # Read once: what is kept may be cleared meanwhile, here or by another thread.
        kept = {text: bits for text in filters if (bits := self._by_filter.get(text)) is not None}
        kept |= self._match([text for text in filters if text not in kept])
        matches = [(is_exclusion(parse(text)), bits) for text, bits in kept.items()]
        wanted = [bits for is_excluding, bits in matches if not is_excluding]
        wanted += [self._by_category[code] for code in codes if code in self._by_category]
        found = reduce(or_, wanted, self._pack([]))
        # What a filter that only excludes matches is what it lets through.
        found = reduce(and_, (bits for is_excluding, bits in matches if is_excluding), found)
        return MatchRate(int(np.bitwise_count(found).sum()), self._editions)

    def _match(self, filters: Sequence[str]) -> dict[str, Bits]:
        """Return the papers of filters that nobody had before, and keep them."""
        if not filters:
            return {}
        if len(self._by_filter) > MAX_KEPT_FILTERS:
            self._by_filter.clear()
        index = DatabaseIndex()
        numbers = index.find_numbers(self._versions)
        found = {text: np.packbits(find_matches(parse(text), index)[numbers] & (numbers >= 0)) for text in filters}
        self._by_filter |= found
        return found

    def _pack(self, places: Sequence[int]) -> Bits:
        bits = np.zeros(len(self._versions), np.bool_)
        bits[places] = True
        return np.packbits(bits)
