"""Which papers somebody would be shown, before anything is picked for good."""

from collections import defaultdict

from digest.editions.load import load_contents
from digest.models import Edition
from digest.picking.choose import choose_for_readers
from digest.picking.sent_history import find_repeats
from digest.ranking.matching.day_index import DayIndex
from subscriptions.selectors import find_due_readers

READERS_PER_CHUNK = 1000


def find_expected_papers(edition: Edition) -> dict[str, set[int]]:
    """Language → ranks, for every reader who is due on the edition's day."""
    wanted: dict[str, set[int]] = defaultdict(set)
    index = DayIndex(load_contents(edition).papers)
    known = find_repeats(edition, index)
    after = 0
    while readers := find_due_readers(edition.day, after_id=after, limit=READERS_PER_CHUNK):
        after = readers[-1].id
        for reader, choice in zip(readers, choose_for_readers(edition, index, readers, known), strict=True):
            wanted[reader.language].update(pick.rank for pick in choice.picks)
    return wanted
