"""How picks stand in the row of a letter: whole while the letter is kept, and then only the ranks of papers seen.

Whole they are [[rank, score, [[reason, text, share, liked], …]], [rank, score], …]: a pick without reasons of its own
has those of the pick before it, as many picks of a letter were chosen for the same. Rows made before 2026-12 repeat the
reasons, which have neither share nor liked there. The column deflates it (`models/compact_json.py`).
"""

from collections.abc import Sequence
from typing import Any

from digest.domain import Choice, Pick, Reason

REASON_FIELDS = len(Reason._fields)


def encode_picks(choice: Choice) -> list[list[Any]]:
    """Return picks as Delivery.picks stores them. `bulk_insert.py` writes the same as text."""
    stored: list[list[Any]] = []
    before = None
    for rank, score, reasons in choice.picks:
        own = [] if reasons == before else [encode_reasons(reasons)]
        stored.append([rank, score, *own])
        before = reasons
    return stored


def encode_reasons(reasons: Sequence[Reason]) -> list[list[Any]]:
    """Return reasons as a pick stores them: [kind, text, share, liked]."""
    return [list(each) for each in reasons]


def list_ranks(stored: Sequence[Any]) -> list[int]:
    """Return the ranks of picks, whole or shortened. Nothing else is left of those of a letter that is shortened."""
    return [pick if isinstance(pick, int) else pick[0] for pick in stored]


def are_shortened(stored: Sequence[Any]) -> bool:
    """Return whether only ranks are left of the picks of a letter."""
    return bool(stored) and isinstance(stored[0], int)


def decode_picks(stored: Sequence[Any]) -> tuple[Pick, ...]:
    """Return the picks that `encode_picks` stored. A drain calls it for every letter, so it makes tuples directly.

    Of shortened picks nothing is left that a letter could show: there are none.
    """
    if are_shortened(stored):
        return ()
    new, picks = tuple.__new__, []
    reasons: tuple[Reason, ...] = ()
    for rank, score, *own in stored:
        if own:
            reasons = tuple([new(Reason, each) if len(each) == REASON_FIELDS else Reason(*each) for each in own[0]])
        picks.append(new(Pick, (rank, score, reasons)))
    return tuple(picks)
