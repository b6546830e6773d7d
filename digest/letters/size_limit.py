"""How much of each paper a letter can hold. Gmail cuts a letter off near 102 KB; ours stay below 80,000 bytes."""

from collections.abc import Callable, Sequence

# Bytes of the whole message as it is sent.
MAX_LETTER_BYTES = 80_000

# Bytes that the line about what a letter leaves out may take.
MORE_LINE_BYTES = 1_000

BRIEFER_DETAIL = {"abstract": "tldr", "structured": "tldr", "tldr": "titles"}


def fit_details(size: Callable[[int, str], int], ranks: Sequence[int], detail: str, room: int) -> list[str]:
    """The detail of each paper, in order, so that all fit into *room* bytes.

    Where they do not, the last ones say less, and only if titles alone are too much does the list end early: it is then
    shorter than *ranks*. *size* tells the bytes of a paper (by rank) in a detail.
    """
    details = [detail] * len(ranks)
    total = sum(size(rank, detail) for rank in ranks)
    while total > room and detail in BRIEFER_DETAIL:
        detail = BRIEFER_DETAIL[detail]
        for place in reversed(range(len(ranks))):
            if total <= room:
                break
            total += size(ranks[place], detail) - size(ranks[place], details[place])
            details[place] = detail
    while total > room and len(details) > 1:
        total -= size(ranks[len(details) - 1], details.pop())
    return details
