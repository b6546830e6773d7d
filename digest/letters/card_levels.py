"""How much each card of a letter says: the first ones are full, the next ones short, the others have one line."""

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from subscriptions.preference_defaults import PAPERS_IN_FULL, PAPERS_IN_SHORT


class CardForm(StrEnum):
    """The form of a card."""

    FULL = "full"
    # The first authors, the category, and a sentence.
    SHORT = "short"
    # The first authors, and one line.
    LINE = "line"

    # Enum's own is written in Python: every card of every letter is found by its form.
    __hash__ = str.__hash__


class CardLevel(NamedTuple):
    """A form, and what it is filled with: one of Subscriber.Detail."""

    form: CardForm
    detail: str

    def shortened(self, form: CardForm) -> "CardLevel":
        """Return the level of a card that has less room: it says a sentence at most."""
        return CardLevel(form, "titles" if self.detail == "titles" else "tldr")


@lru_cache(maxsize=256)
def plan_levels(detail: str, count: int) -> Sequence[CardLevel]:
    """Return the level of each of the *count* papers of a letter, for a reader who wants this detail."""
    full = CardLevel(CardForm.FULL, detail)
    in_full, in_short = PAPERS_IN_FULL[detail], PAPERS_IN_SHORT[detail]
    levels = [full] * in_full + [full.shortened(CardForm.SHORT)] * in_short
    return tuple([*levels, *[full.shortened(CardForm.LINE)] * (count - len(levels))][:count])
