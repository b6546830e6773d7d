"""Fits papers into the size of a letter. Gmail cuts a letter off near 102 KB; ours stay below MAX_LETTER_BYTES."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from digest.domain import LetterOrder, Pick
from digest.letters.card_levels import CardForm, CardLevel, plan_levels

# Bytes of the whole message as it is sent.
MAX_LETTER_BYTES = 80_000

# Bytes that the lines about what a letter shortens and leaves out may take.
NOTICE_LINES_BYTES = 2_000

# The papers at the top that stay as they are while any other can be shortened or left out.
PAPERS_KEPT = 3


class ShownPicks(NamedTuple):
    """The picks that a letter has room for, each with the level of its card."""

    picks: Sequence[Pick]
    levels: Sequence[CardLevel]
    # How many say less than they would if there was room.
    shortened: int
    # How many papers matched that are not in the letter.
    more: int


def show_all(order: LetterOrder) -> ShownPicks:
    """Return all picks of *order*, as a letter shows them where there is room."""
    count = len(order.picks)
    return ShownPicks(order.picks, plan_levels(order.detail, count), 0, max(order.matched - count, 0))


def fit_picks(order: LetterOrder, letter_bytes: int, card_bytes: Callable[[int, CardLevel], int]) -> ShownPicks:
    """Return the picks of *order* that have room, where the letter with all of them has *letter_bytes*.

    *card_bytes* returns the bytes of a paper's card (by rank) at a level.
    """
    ranks, wanted = [pick.rank for pick in order.picks], plan_levels(order.detail, len(order.picks))
    around = letter_bytes - sum(map(card_bytes, ranks, wanted))
    levels = fit_levels(card_bytes, ranks, wanted, MAX_LETTER_BYTES - NOTICE_LINES_BYTES - around)
    shortened = sum(level != planned for level, planned in zip(levels, wanted, strict=False))
    return ShownPicks(order.picks[: len(levels)], levels, shortened, max(order.matched, len(ranks)) - len(levels))


def fit_levels(
    card_bytes: Callable[[int, CardLevel], int], ranks: Sequence[int], wanted: Sequence[CardLevel], room: int
) -> Sequence[CardLevel]:
    """Return the level of each paper, in order, so that all fit into *room* bytes; fewer where some are left out.

    First the last ones get one line, then those below the first PAPERS_KEPT a sentence, then the last ones are left
    out. Only then the first ones say less.
    """
    levels = list(wanted)
    total = sum(map(card_bytes, ranks, levels))

    def shorten(places: range, form: CardForm) -> None:
        nonlocal total
        for place in reversed(places):
            if total <= room:
                return
            level = levels[place].shortened(form)
            total += card_bytes(ranks[place], level) - card_bytes(ranks[place], levels[place])
            levels[place] = level

    def leave_out(kept: int) -> None:
        nonlocal total
        while total > room and len(levels) > kept:
            total -= card_bytes(ranks[len(levels) - 1], levels.pop())

    full = sum(level.form == CardForm.FULL for level in levels)
    shorten(range(full, len(levels)), CardForm.LINE)
    shorten(range(PAPERS_KEPT, full), CardForm.SHORT)
    leave_out(PAPERS_KEPT)
    shorten(range(len(levels)), CardForm.SHORT)
    shorten(range(len(levels)), CardForm.LINE)
    leave_out(1)
    return levels
