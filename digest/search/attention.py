"""How much others noticed the stored papers: upvotes and stars, as last observed."""

from functools import lru_cache

import numpy as np
from django.db.models import Max
from numpy.typing import NDArray

from digest.models import Signal, Version
from digest.search.lookup import DatabaseIndex

# A star costs less than an upvote, and stars are counted in thousands: of either, ten times as many count as much more.
KIND_WEIGHTS = {"upvotes": 1.0, "stars": 0.5}


def measure_attention(index: DatabaseIndex) -> NDArray[np.float64]:
    """Return by number how much a paper was noticed: the sum over kinds of weight x ln(1 + value); 0 for most papers.

    It takes two queries, and two more if anything was observed or stored since this process asked last.
    """
    last_signal = Signal.objects.aggregate(Max("pk"))["pk__max"]
    last_version = Version.objects.aggregate(Max("pk"))["pk__max"]
    versions, values = load_noticed_versions(last_signal or 0, last_version or 0)
    noticed = np.zeros(len(index.lengths))
    numbers = index.find_numbers(versions)
    noticed[numbers[numbers >= 0]] = values[numbers >= 0]
    return noticed


@lru_cache(maxsize=1)
def load_noticed_versions(_last_signal: int, _last_version: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the newest version of each paper that anything was observed of, and how much that is."""
    rows = Signal.objects.filter(kind__in=KIND_WEIGHTS).order_by("observed_at", "pk")
    latest = {(paper, kind): value for paper, kind, value in rows.values_list("paper_id", "kind", "value").iterator()}
    newest = Version.objects.filter(paper__signals__kind__in=KIND_WEIGHTS).order_by("number", "pk")
    versions = dict(newest.values_list("paper_id", "pk").distinct().iterator())
    values = dict.fromkeys(versions, 0.0)
    for (paper, kind), value in latest.items():
        values[paper] += KIND_WEIGHTS[kind] * float(np.log1p(value))
    papers = list(versions)
    return np.array([versions[each] for each in papers], np.int64), np.array([values[each] for each in papers])
