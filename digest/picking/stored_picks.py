"""How picks stand in the row of a letter: whole while the letter is kept, and then only the ranks of papers seen."""

from collections.abc import Sequence
from typing import Any

from digest.domain import Choice, Pick, Reason


def encode_picks(choice: Choice) -> list[list[Any]]:
    """Return picks as Delivery.picks stores them: [[rank, score, [[reason, text], …]], …]."""
    return [[pick.rank, pick.score, [[each.kind, each.text] for each in pick.reasons]] for pick in choice.picks]


def list_ranks(stored: Sequence[Any]) -> list[int]:
    """Return the ranks of picks, whole or shortened. Nothing else is left of those of a letter that is shortened."""
    return [pick if isinstance(pick, int) else pick[0] for pick in stored]


def are_shortened(stored: Sequence[Any]) -> bool:
    """Return whether only ranks are left of the picks of a letter."""
    return bool(stored) and isinstance(stored[0], int)


def decode_picks(stored: Sequence[Sequence[Any]]) -> tuple[Pick, ...]:
    """Return the picks that `encode_picks` stored. A drain calls it for every letter, so it makes tuples directly.

    Of shortened picks nothing is left that a letter could show: there are none.
    """
    if are_shortened(stored):
        return ()
    new = tuple.__new__
    return tuple(
        [new(Pick, (rank, score, tuple([new(Reason, each) for each in reasons]))) for rank, score, reasons in stored]
    )
