"""Chooses for many readers at once, minding what each was shown and what they said of it."""

from collections.abc import Sequence
from typing import Any

from digest.domain import Choice, Pick, Reason
from digest.models import Edition
from digest.picking import liked_papers, sent_history
from digest.picking.liked_papers import Marks
from digest.picking.sent_history import NOTHING, Memory, Repeats, repeats
from digest.ranking.matching.day_index import DayIndex
from digest.ranking.personal.feedback_affinity import Taste
from digest.ranking.selection.candidates import Wishes, wishes
from digest.ranking.selection.select import choose
from subscriptions.reader import Reader


def choose_for(
    edition: Edition, index: DayIndex, readers: Sequence[Reader], known: Repeats | None = None
) -> list[Choice]:
    """What each reader of this chunk gets, in their order.

    One query for the whole chunk; one more if somebody could see a paper again or hear of one, one more if somebody
    gave feedback. Whoever has several chunks gives the *known* repeats of the edition, which are a query of their own.
    """
    wanted = [wishes(reader, index) for reader in readers]
    matched = ((reader.id, each.all) for reader, each in zip(readers, wanted, strict=True))
    memories = sent_history.of(matched, repeats(edition, index) if known is None else known)
    marks = liked_papers.of(readers)
    return [
        _choice(reader, index, each, memories.get(reader.id, NOTHING), _taste(marks.get(reader.id), index))
        for reader, each in zip(readers, wanted, strict=True)
    ]


def _choice(reader: Reader, index: DayIndex, wanted: Wishes, known: Memory, taste: Taste | None) -> Choice:
    """Notices come with papers only: nobody gets a letter because of them."""
    choice = choose(reader, index, wanted, seen=known.seen, taste=taste)
    return choice._replace(notices=known.notices(index.papers)) if choice.picks and known.dated else choice


def _taste(marks: Marks | None, index: DayIndex) -> Taste | None:
    return Taste(index.resemblance, marks.more, marks.less) if marks else None


def encode_picks(choice: Choice) -> list[list[Any]]:
    """The shape of Delivery.picks: [[rank, score, [[reason, text], …]], …]."""
    return [[pick.rank, pick.score, [[each.kind, each.text] for each in pick.reasons]] for pick in choice.picks]


def decode_picks(stored: Sequence[Sequence[Any]]) -> tuple[Pick, ...]:
    """By the shortest way: a drain does it for every letter."""
    new = tuple.__new__
    return tuple(
        [new(Pick, (rank, score, tuple([new(Reason, each) for each in reasons]))) for rank, score, reasons in stored]
    )
