"""Chooses for many readers at once, minding what each was shown and what they said of it."""

from collections.abc import Sequence
from typing import Any

from digest.domain import Choice, Pick, Reason
from digest.models import Edition
from digest.picking import liked_papers, sent_history
from digest.picking.liked_papers import ReaderMarks
from digest.picking.sent_history import NO_HISTORY, ReaderHistory, Repeats, find_repeats
from digest.ranking.matching.day_index import DayIndex
from digest.ranking.personal.feedback_affinity import FeedbackAffinity
from digest.ranking.selection.candidates import ReaderInterests, find_interests
from digest.ranking.selection.select import choose_papers
from subscriptions.reader import Reader


def choose_for_readers(
    edition: Edition, index: DayIndex, readers: Sequence[Reader], known: Repeats | None = None
) -> list[Choice]:
    """Return what each reader of this chunk gets, in their order.

    One query for the whole chunk; one more if somebody could see a paper again or hear of one, one more if somebody
    gave feedback. Whoever has several chunks gives the *known* repeats of the edition, which are a query of their own.
    """
    wanted = [find_interests(reader, index) for reader in readers]
    matched = ((reader.id, each.all) for reader, each in zip(readers, wanted, strict=True))
    memories = sent_history.load_histories(matched, find_repeats(edition, index) if known is None else known)
    marks = liked_papers.load_marks(readers)
    return [
        _choose_for_reader(
            reader, index, each, memories.get(reader.id, NO_HISTORY), _feedback_affinity(marks.get(reader.id), index)
        )
        for reader, each in zip(readers, wanted, strict=True)
    ]


def _choose_for_reader(
    reader: Reader, index: DayIndex, wanted: ReaderInterests, known: ReaderHistory, taste: FeedbackAffinity | None
) -> Choice:
    """Notices come with papers only: nobody gets a letter because of them."""
    choice = choose_papers(reader, index, wanted, seen=known.seen, taste=taste)
    return choice._replace(notices=known.notices(index.papers)) if choice.picks and known.dated else choice


def _feedback_affinity(marks: ReaderMarks | None, index: DayIndex) -> FeedbackAffinity | None:
    return FeedbackAffinity(index.resemblance, marks.more, marks.less) if marks else None


def encode_picks(choice: Choice) -> list[list[Any]]:
    """The shape of Delivery.picks: [[rank, score, [[reason, text], …]], …]."""
    return [[pick.rank, pick.score, [[each.kind, each.text] for each in pick.reasons]] for pick in choice.picks]


def decode_picks(stored: Sequence[Sequence[Any]]) -> tuple[Pick, ...]:
    """Decode picks by the shortest way: a drain does it for every letter."""
    new = tuple.__new__
    return tuple(
        [new(Pick, (rank, score, tuple([new(Reason, each) for each in reasons]))) for rank, score, reasons in stored]
    )
