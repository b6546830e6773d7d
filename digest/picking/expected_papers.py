"""Which papers somebody would be shown, before anything is picked for good."""

from collections import defaultdict

from digest.editions.load import load
from digest.models import Edition
from digest.picking.choose import choose_for
from digest.picking.sent_history import repeats
from digest.ranking.matching.day_index import DayIndex
from subscriptions.selectors import find_due_readers

CHUNK = 1000


def demand(edition: Edition) -> dict[str, set[int]]:
    """Language → ranks, for every reader who is due on the edition's day."""
    wanted: dict[str, set[int]] = defaultdict(set)
    index = DayIndex(load(edition).papers)
    known = repeats(edition, index)
    after = 0
    while readers := find_due_readers(edition.day, after_id=after, limit=CHUNK):
        after = readers[-1].id
        for reader, choice in zip(readers, choose_for(edition, index, readers, known), strict=True):
            wanted[reader.language].update(pick.rank for pick in choice.picks)
    return wanted
