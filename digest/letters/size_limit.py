"""Fits papers into the size of a letter. Gmail cuts a letter off near 102 KB; ours stay below MAX_LETTER_BYTES."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from digest.domain import LetterOrder, Pick

# Bytes of the whole message as it is sent.
MAX_LETTER_BYTES = 80_000

# Bytes that the line about what a letter leaves out may take.
MORE_LINE_BYTES = 1_000

BRIEFER_DETAIL = {"abstract": "tldr", "structured": "tldr", "tldr": "titles"}


class ShownPicks(NamedTuple):
    """The picks that a letter has room for, each with its level of detail."""

    picks: Sequence[Pick]
    # One per pick; none where all say as much as the reader wants.
    details: Sequence[str]
    # How many say less than the reader wants.
    brief: int
    # How many papers matched that are not in the letter.
    more: int


def fit_picks(order: LetterOrder, letter_bytes: int, card_bytes: Callable[[int, str], int]) -> ShownPicks:
    """Return the picks of *order* that have room, where the letter with all of them in full has *letter_bytes*.

    *card_bytes* returns the bytes of a paper (by rank) in a level of detail.
    """
    ranks = [pick.rank for pick in order.picks]
    around = letter_bytes - sum(card_bytes(rank, order.detail) for rank in ranks)
    details = fit_details(card_bytes, ranks, order.detail, MAX_LETTER_BYTES - MORE_LINE_BYTES - around)
    brief = sum(detail != order.detail for detail in details)
    more = max(order.matched, len(ranks)) - len(details)
    return ShownPicks(order.picks[: len(details)], details, brief, more)


def fit_details(card_bytes: Callable[[int, str], int], ranks: Sequence[int], detail: str, room: int) -> list[str]:
    """Return the level of detail of each paper, in order, so that all fit into *room* bytes.

    Where they do not, the last ones say less, and only if titles alone are too much does the list end early: it is then
    shorter than *ranks*.
    """
    details = [detail] * len(ranks)
    total = sum(card_bytes(rank, detail) for rank in ranks)
    while total > room and detail in BRIEFER_DETAIL:
        detail = BRIEFER_DETAIL[detail]
        for place in reversed(range(len(ranks))):
            if total <= room:
                break
            total += card_bytes(ranks[place], detail) - card_bytes(ranks[place], details[place])
            details[place] = detail
    while total > room and len(details) > 1:
        total -= card_bytes(ranks[len(details) - 1], details.pop())
    return details
