"""Shares places among categories, so that a busy one does not take all those of a quiet one."""

from collections.abc import Iterable

from digest.ranking.matching.inverted_index import iterate_ranks


def share_places(papers: int, queues: Iterable[int], places: int) -> int:
    """Return the papers that get the *places*: half are dealt to the *queues* in turn, the others go to the best."""
    chosen = _deal_places([queue & papers for queue in queues], (places + 1) // 2)
    places -= chosen.bit_count()
    for _, rank in zip(range(places), iterate_ranks(papers & ~chosen), strict=False):
        chosen |= 1 << rank
    return chosen


def _deal_places(queues: Iterable[int], places: int) -> int:
    """Deal places round by round to the best paper of each queue, the queue with the best paper first."""
    waiting = sorted((queue for queue in queues if queue), key=_best_of_set)
    chosen = 0
    while waiting:
        for queue in waiting:
            chosen |= _best_of_set(queue & ~chosen)
            if chosen.bit_count() == places:
                return chosen
        waiting = [left for queue in waiting if (left := queue & ~chosen)]
    return chosen


def _best_of_set(papers: int) -> int:
    """Return the lowest rank of a set, as a set; empty for an empty one."""
    return papers & -papers
