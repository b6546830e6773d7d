"""Chooses papers for many readers at once, by their signals and by what each was shown before."""

from collections.abc import Mapping, Sequence
from datetime import date

from digest.domain import Choice, PaperRecord
from digest.editions.version_vectors import load_vectors
from digest.models import Edition
from digest.picking import interest_vectors, sent_history
from digest.picking.paper_news import NewsFinder
from digest.picking.reader_signals import SignalLoader
from digest.picking.sent_history import NO_HISTORY, find_repeats
from digest.ranking.matching.day_index import DayIndex
from digest.ranking.personal.earlier_papers import EarlierPapers
from digest.ranking.personal.relevance import DayScorer, RelevanceWeights
from digest.ranking.selection.select import DaySelection, find_matched_papers
from digest.ranking.text.paper_vector import PaperVector
from subscriptions.reader import Reader


def prepare_selection(
    papers: Sequence[PaperRecord],
    day: date,
    interests: Mapping[str, PaperVector] | None = None,
    weights: RelevanceWeights | None = None,
    index: DayIndex | None = None,
) -> DaySelection:
    """Return what chooses among the papers of a day, with the weights in use unless others are given.

    *interests* has what earlier papers say of filters; a filter's must be there before it is first asked for. *index*
    is that of the papers, if it is at hand. It takes two queries at most.
    """
    vectors = load_vectors([paper.version_id for paper in papers])
    index = index or DayIndex(papers)
    ranked = [vectors[paper.version_id] for paper in papers]
    return DaySelection(index, DayScorer(index, ranked, weights, EarlierPapers(interests or {})), day)


class EditionChooser:
    """Chooses from the papers of one edition for chunks of readers. What all chunks share is prepared once."""

    def __init__(
        self,
        edition: Edition,
        papers: Sequence[PaperRecord],
        *,
        first_day: date | None = None,
        fills_interests: bool = False,
        index: DayIndex | None = None,
    ) -> None:
        """*papers* are of the days from *first_day* to the edition's; without it they are of the edition's day.

        *fills_interests*: whether the first chunk with filters that no night has seen gets vectors for them. *index*:
        that of the papers, if it is at hand.
        """
        self._day = edition.day
        self._may_fill = fills_interests
        # Of the filters of one chunk at a time.
        self._interests: dict[str, PaperVector] = {}
        self.selection = prepare_selection(papers, edition.day, self._interests, index=index)
        self.index = self.selection.index
        self._news = NewsFinder(edition, self.index)
        self._repeats = find_repeats(edition, self.index, first_day, self._news.by_paper)
        self._signals = SignalLoader()

    def choose(self, readers: Sequence[Reader]) -> list[Choice]:
        """Return the choice for each reader of this chunk, in their order.

        It takes one query for what they marked, two more if somebody marked papers that no chunk before did, one for
        their filters if they have any, one to three if a reader could see a paper again or get a notice, one where a
        paper changed or there is news, and one if it is for any of them.
        """
        self._load_interests(readers)
        signals = self._signals.load(readers)
        matched = [find_matched_papers(reader, self.index) for reader in readers]
        # What is near to liked papers is not known yet: it may be any paper.
        possible = (
            (reader.id, found.allowed if said.liked else found.all)
            for reader, found, said in zip(readers, matched, signals, strict=True)
        )
        histories = sent_history.load_histories(possible, self._repeats)
        seen = [histories.get(reader.id, NO_HISTORY).seen for reader in readers]
        choices = self.selection.choose(readers, signals, matched, seen)
        for reader_id, changed, became_known in self._news.find_kept([reader.id for reader in readers]):
            histories[reader_id].outdated |= changed
            histories[reader_id].news |= became_known
        # Notices and news alone make no letter.
        served = [place for place, choice in enumerate(choices) if choice.picks and readers[place].id in histories]
        told = self._news.choose({readers[place].id: histories[readers[place].id].news for place in served})
        for place in served:
            history, news = histories[readers[place].id], told.get(readers[place].id, ())
            if history.outdated or news:
                choices[place] = choices[place]._replace(notices=history.notices(self.index.papers), news=news)
        return choices

    def _load_interests(self, readers: Sequence[Reader]) -> None:
        filters = {text for reader in readers for text in reader.filters}
        self._interests.clear()
        self._interests.update(interest_vectors.load_interests(filters))
        if self._may_fill and len(self._interests) < len(filters):
            self._may_fill = False
            interest_vectors.fill_at_once(filters - self._interests.keys(), self._day)
            self._interests.update(interest_vectors.load_interests(filters))
