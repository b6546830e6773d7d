"""Chooses papers for many readers at once, by their signals and by what each was shown before."""

from collections.abc import Sequence
from datetime import date

from digest.domain import Choice, PaperRecord
from digest.editions.version_vectors import load_vectors
from digest.models import Edition
from digest.picking import sent_history
from digest.picking.reader_signals import SignalLoader
from digest.picking.sent_history import NO_HISTORY, find_repeats
from digest.ranking.matching.day_index import DayIndex
from digest.ranking.personal.relevance import DayScorer, RelevanceWeights
from digest.ranking.selection.select import DaySelection, find_interests
from subscriptions.reader import Reader


def prepare_selection(
    papers: Sequence[PaperRecord], day: date, weights: RelevanceWeights | None = None
) -> DaySelection:
    """Return what chooses among the papers of a day, with the weights in use unless others are given.

    It takes two queries at most.
    """
    vectors = load_vectors([paper.version_id for paper in papers])
    index = DayIndex(papers)
    return DaySelection(index, DayScorer(index, [vectors[paper.version_id] for paper in papers], weights), day)


class EditionChooser:
    """Chooses from the papers of one edition for chunks of readers. What all chunks share is prepared once."""

    def __init__(self, edition: Edition, papers: Sequence[PaperRecord]) -> None:
        self._selection = prepare_selection(papers, edition.day)
        self.index = self._selection.index
        self._repeats = find_repeats(edition, self.index)
        self._signals = SignalLoader()

    def choose(self, readers: Sequence[Reader]) -> list[Choice]:
        """Return the choice for each reader of this chunk, in their order.

        It takes one query for what they marked, two more if somebody marked papers that no chunk before did, and one
        to three if a reader could see a paper again or get a notice.
        """
        signals = self._signals.load(readers)
        interests = [find_interests(reader, self.index) for reader in readers]
        # What is near to liked papers is not known yet: it may be any paper.
        matched = (
            (reader.id, found.allowed if said.liked else found.all)
            for reader, found, said in zip(readers, interests, signals, strict=True)
        )
        histories = sent_history.load_histories(matched, self._repeats)
        seen = [histories.get(reader.id, NO_HISTORY).seen for reader in readers]
        choices = self._selection.choose(readers, signals, interests, seen)
        for place, reader in enumerate(readers):
            # Notices alone make no letter.
            if choices[place].picks and (history := histories.get(reader.id)) and history.outdated:
                choices[place] = choices[place]._replace(notices=history.notices(self.index.papers))
        return choices
