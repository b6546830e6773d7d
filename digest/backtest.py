"""Replays the operator's own days: would the papers that readers marked later have come first?

For each day, each reader who marked papers of its edition since is chosen for again, by what was known when the day
began: their interests and marks of then, and the frozen scores of the edition. Papers marked `more` or saved are what
should come first, those marked `less` what should not. So a change of weights or settings can be judged before it is
switched on.

Readers mark what they were sent. So the letters that went out have an advantage that no replay has, and two replays
are compared with each other.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from digest.domain import ProgressCallback, no_progress
from digest.editions.load import load_contents
from digest.models import Delivery, Edition, Feedback
from digest.picking.choose import prepare_selection
from digest.picking.interest_vectors import compute_interests
from digest.picking.reader_signals import SignalLoader
from digest.picking.stored_picks import list_ranks
from digest.ranking.personal.relevance import RelevanceWeights
from digest.research.measures import RankingQuality, measure_rankings
from subscriptions import selectors

# Fewer say so little that a difference is chance.
FEW_READER_DAYS = 30

LETTER_PLACES = 10


class Opinion(NamedTuple):
    """What a reader said of the papers of one day, by arXiv id."""

    liked: frozenset[str]
    disliked: frozenset[str]


class ReplayedReader(NamedTuple):
    """A reader's day: their opinion, the ranking by score, the letter as composed, and the one that was sent."""

    opinion: Opinion
    ranked: Sequence[str]
    composed: Sequence[str]
    # Empty if nothing was sent, or nothing is known of it any more.
    sent: Sequence[str]


@dataclass
class BacktestReport:
    """The days that were replayed, and how good each kind of ranking is; None where there is nothing to measure."""

    days: list[date] = field(default_factory=list)
    readers: list[ReplayedReader] = field(default_factory=list)

    @property
    def by_score(self) -> RankingQuality | None:
        return measure_rankings((each.ranked, each.opinion.liked) for each in self.readers)

    @property
    def composed(self) -> RankingQuality | None:
        return measure_rankings((each.composed, each.opinion.liked) for each in self.readers)

    @property
    def sent(self) -> RankingQuality | None:
        """Return how good the letters were that readers got, for those of which it is known."""
        return measure_rankings((each.sent, each.opinion.liked) for each in self.readers if each.sent)

    @property
    def disliked_in_letter(self) -> float | None:
        """Return the share of papers marked `less` that stand in the first ten places of the replayed letter."""
        found = [
            paper in each.composed[:LETTER_PLACES] for each in self.readers for paper in sorted(each.opinion.disliked)
        ]
        return sum(found) / len(found) if found else None

    @property
    def is_too_little(self) -> bool:
        """Return whether figures would be chance."""
        return sum(bool(each.opinion.liked) for each in self.readers) < FEW_READER_DAYS


def replay_days(
    days: int,
    weights: RelevanceWeights | None = None,
    *,
    names_count: bool = True,
    tick: ProgressCallback = no_progress,
) -> BacktestReport:
    """Replay the last *days* editions that had letters, with the weights in use unless others are given.

    Unless *names_count*, attention is what it would have been if nobody's name counted.
    """
    editions = Edition.objects.filter(deliveries__isnull=False).distinct().order_by("-day")[:days]
    report = BacktestReport()
    for done, edition in enumerate(reversed(editions), start=1):
        if found := list(_replay_edition(edition, weights, names_count)):
            report.days.append(edition.day)
            report.readers += found
        tick(done, len(editions))
    return report


def _replay_edition(edition: Edition, weights: RelevanceWeights | None, names_count: bool) -> Iterator[ReplayedReader]:
    """Yield the readers who said something of the edition's papers.

    A fixed number of queries, and some for each earlier edition if a reader has filters.
    """
    start = datetime.combine(edition.day, time(), UTC)
    opinions = _load_opinions(edition, start)
    if not opinions:
        return
    readers = selectors.find_readers_as_of(list(selectors.get_readers(opinions).values()), start)
    # Votes may have been cast since; the score was frozen on the day.
    papers = [
        replace(paper, score=paper.score if names_count else paper.score_without_names, signals={}, signal_hours=0)
        for paper in load_contents(edition).papers
    ]
    filters = {text for reader in readers for text in reader.filters}
    interests = compute_interests(filters, edition.day) if filters else {}
    selection = prepare_selection(papers, edition.day, interests, weights)
    signals = SignalLoader(edition.day).load(readers)
    choices = selection.choose(readers, signals)
    sent = _load_sent(edition, opinions, len(papers))
    for reader, said, choice in zip(readers, signals, choices, strict=True):
        ranked = selection.rank_candidates(reader, said)
        composed = [pick.rank for pick in choice.picks]
        yield ReplayedReader(
            opinions[reader.id],
            *([papers[rank].arxiv_id for rank in ranks] for ranks in (ranked, composed, sent.get(reader.id, []))),
        )


def _load_opinions(edition: Edition, start: datetime) -> Mapping[int, Opinion]:
    """Return by reader what they said of the edition's papers since *start*; of contrary marks `less` counts."""
    marks = Feedback.objects.filter(
        paper__versions__entries__edition=edition,
        paper__versions__entries__announced_on=None,
        created_at__gte=start,
    )
    kinds: defaultdict[int, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for subscriber, arxiv_id, kind in marks.values_list("subscriber_id", "paper__arxiv_id", "kind"):
        kinds[subscriber][kind].add(arxiv_id)
    return {
        subscriber: Opinion(frozenset((said["more"] | said["save"]) - said["less"]), frozenset(said["less"]))
        for subscriber, said in sorted(kinds.items())
    }


def _load_sent(edition: Edition, readers: Collection[int], papers: int) -> Mapping[int, Sequence[int]]:
    """Return the ranks of the papers in the letters that went out, by reader, of the day's own *papers* alone.

    Behind these are the ranks of earlier days' papers, which letters of several days show.
    """
    letters = Delivery.objects.filter(edition=edition, subscriber__in=readers, state=Delivery.State.ACCEPTED)
    return {
        subscriber: [rank for rank in list_ranks(picks) if rank < papers]
        for subscriber, picks in letters.values_list("subscriber_id", "picks")
    }
