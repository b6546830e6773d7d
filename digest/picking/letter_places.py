"""Finds where in a reader's letter a paper stood when they marked it."""

from digest.models import Delivery, EditionEntry, Paper
from digest.picking.stored_picks import decode_picks


def find_place(subscriber_id: int, paper: Paper) -> int | None:
    """Return the place of a paper in the reader's newest letter that shows it, from 1.

    None if no letter that is still whole shows it.
    """
    ranks = dict(EditionEntry.objects.filter(version__paper=paper).values_list("edition_id", "rank"))
    letters = Delivery.objects.filter(subscriber=subscriber_id, edition__in=ranks).order_by("-edition__day")
    for edition_id, picks in letters.values_list("edition_id", "picks"):
        shown = [pick.rank for pick in decode_picks(picks)]
        if ranks[edition_id] in shown:
            return shown.index(ranks[edition_id]) + 1
    return None
