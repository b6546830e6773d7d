"""Loads the papers that letters of the last 90 days showed to readers, and which of them have changed since."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from digest.domain import PaperRecord
from digest.models import Delivery, Edition, EditionEntry
from digest.ranking.matching.day_index import DayIndex
from digest.ranking.matching.inverted_index import iterate_ranks

REPEAT_PERIOD = timedelta(days=90)

# A letter is about its new papers.
MAX_NOTICES = 5

# The states of a delivery whose papers the reader has seen or will see.
SHOWN_STATES = (
    Delivery.State.PENDING,
    Delivery.State.CLAIMED,
    Delivery.State.SUBMITTING,
    Delivery.State.ACCEPTED,
    Delivery.State.UNCERTAIN,
)

# The states of a delivery whose papers the reader was sent, as far as anybody knows.
SENT_STATES = (Delivery.State.ACCEPTED, Delivery.State.UNCERTAIN)


class RepeatedPaper(NamedTuple):
    """A paper of this edition, as it stands in another."""

    # The set with its rank here.
    bit: int
    # The same set if the paper has been replaced or withdrawn since; else the empty set.
    changed_bit: int


# Papers that stand in this edition and in another: edition id -> rank there -> the paper here.
Repeats = Mapping[int, Mapping[int, RepeatedPaper]]


@dataclass(slots=True)
class ReaderHistory:
    """The papers that one reader was shown, as sets of papers of this edition."""

    # Shown before, in whatever version.
    seen: int = 0
    # Sent in a version that has been replaced or withdrawn since.
    outdated: int = 0
    # Shown in the version of this edition, or named in a notice of it.
    up_to_date: int = 0

    def notices(self, papers: Sequence[PaperRecord]) -> tuple[int, ...]:
        """Return the ranks of papers to give notice of: withdrawn ones first, because others may build on them."""
        ranks = iterate_ranks(self.outdated & ~self.up_to_date)
        return tuple(sorted(ranks, key=lambda rank: papers[rank].kind != "withdrawn")[:MAX_NOTICES])


NO_HISTORY = ReaderHistory()


def find_repeats(edition: Edition, index: DayIndex) -> Repeats:
    """Return the papers of this edition that are in others too, mostly as cross-lists or replacements.

    Later editions count as well, as that of an earlier day may be built late.
    """
    here = {paper.arxiv_id: paper for paper in index.papers}
    elsewhere = (
        EditionEntry.objects.filter(
            edition__day__range=(edition.day - REPEAT_PERIOD, edition.day + REPEAT_PERIOD),
            version__paper__in=edition.entries.values("version__paper"),
        )
        .exclude(edition=edition)
        .values_list("edition_id", "rank", "version__paper__arxiv_id", "version__number", "kind")
    )
    repeats: defaultdict[int, dict[int, RepeatedPaper]] = defaultdict(dict)
    for edition_id, rank, arxiv_id, number, kind in elsewhere:
        if paper := here.get(arxiv_id):
            bit = 1 << paper.rank
            withdrawn = paper.kind == "withdrawn" and kind != "withdrawn"
            repeats[edition_id][rank] = RepeatedPaper(bit, bit if withdrawn or paper.version > number else 0)
    return repeats


def load_histories(matched: Iterable[tuple[int, int]], repeats: Repeats) -> dict[int, ReaderHistory]:
    """Return histories by reader id. *matched* pairs an id with the set of papers that match the reader.

    It takes one query, and only for readers whose letter it could change; else none.
    """
    repeated = changed = 0
    for papers in repeats.values():
        for repeat in papers.values():
            repeated |= repeat.bit
            changed |= repeat.changed_bit
    if not repeated:
        return {}
    concerned = [reader for reader, papers in matched if papers and (changed or papers & repeated)]
    return _load_sent(concerned, repeats) if concerned else {}


def _load_sent(subscribers: Collection[int], repeats: Repeats) -> dict[int, ReaderHistory]:
    letters = Delivery.objects.filter(edition__in=list(repeats), subscriber__in=subscribers, state__in=SHOWN_STATES)
    fields = ("subscriber_id", "edition_id", "state", "picks", "notices")
    histories: defaultdict[int, ReaderHistory] = defaultdict(ReaderHistory)
    for subscriber, edition_id, state, picks, notices in letters.values_list(*fields).iterator():
        history = histories[subscriber]
        shown = [repeat for rank, *_ in picks if (repeat := repeats[edition_id].get(rank))]
        noticed = [repeat for rank in notices if (repeat := repeats[edition_id].get(rank))]
        for repeat in shown:
            history.seen |= repeat.bit
            if state in SENT_STATES:
                history.outdated |= repeat.changed_bit
        for repeat in (*shown, *noticed):
            history.up_to_date |= repeat.bit ^ repeat.changed_bit
    return histories
