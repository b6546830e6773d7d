"""Chooses papers for many readers at once, by what each was shown before and by their feedback."""

from collections.abc import Sequence

from digest.domain import Choice
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
    edition: Edition, index: DayIndex, readers: Sequence[Reader], repeats: Repeats | None = None
) -> list[Choice]:
    """Return the choice for each reader of this chunk, in their order.

    It takes one query for the whole chunk, one more if a reader could see a paper again or get a notice, and one more
    if a reader gave feedback. Without *repeats*, those of the edition, one more query finds them: with several chunks,
    pass them.
    """
    if repeats is None:
        repeats = find_repeats(edition, index)
    interests = [find_interests(reader, index) for reader in readers]
    matched = ((reader.id, each.all) for reader, each in zip(readers, interests, strict=True))
    histories = sent_history.load_histories(matched, repeats)
    marks = liked_papers.load_marks(readers)
    return [
        _choose_for_reader(reader, index, each, histories.get(reader.id, NO_HISTORY), marks.get(reader.id))
        for reader, each in zip(readers, interests, strict=True)
    ]


def _choose_for_reader(
    reader: Reader, index: DayIndex, interests: ReaderInterests, history: ReaderHistory, marks: ReaderMarks | None
) -> Choice:
    """Choose papers, and add notices if there are any: notices alone make no letter."""
    feedback = FeedbackAffinity(index.similarity, marks.more, marks.less) if marks else None
    choice = choose_papers(reader, index, interests, seen=history.seen, feedback=feedback)
    if choice.picks and history.outdated:
        return choice._replace(notices=history.notices(index.papers))
    return choice
