"""Loads the papers that earlier letters showed to readers, and which of them have changed since.

No paper is sent twice within KEEP_SEEN_PAPERS_DAYS; of changes letters tell for NOTICE_PERIOD. An older edition counts
only for its papers that could be picked again, and for the readers whom one of them matches: so a long history costs
hardly more than a short one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q

from digest.domain import ANNOUNCED_AS_NEW, PaperRecord
from digest.models import Delivery, Edition, EditionEntry
from digest.picking.stored_picks import list_ranks
from digest.ranking.matching.day_index import DayIndex
from digest.ranking.matching.inverted_index import iterate_ranks

NOTICE_PERIOD = timedelta(days=90)

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
    # The same set if it has not; else the empty set. Both are empty where the edition is too old for notices.
    unchanged_bit: int


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
    # Letters that are shortened no longer say of what they told.
    notice_period = min(NOTICE_PERIOD, timedelta(days=settings.KEEP_LETTERS_DAYS))
    longest = timedelta(days=settings.KEEP_SEEN_PAPERS_DAYS)
    is_recent = Q(edition__day__range=(edition.day - notice_period, edition.day + notice_period))
    could_be_picked = edition.entries.filter(kind__in=ANNOUNCED_AS_NEW).values("version__paper")
    is_old = Q(edition__day__range=(edition.day - longest, edition.day + longest), version__paper__in=could_be_picked)
    elsewhere = (
        EditionEntry.objects.filter(is_recent | is_old, version__paper__in=edition.entries.values("version__paper"))
        .exclude(edition=edition)
        .values_list("edition_id", "edition__day", "rank", "version__paper__arxiv_id", "version__number", "kind")
    )
    repeats: defaultdict[int, dict[int, RepeatedPaper]] = defaultdict(dict)
    for edition_id, day, rank, arxiv_id, number, kind in elsewhere:
        if paper := here.get(arxiv_id):
            bit = 1 << paper.rank
            if abs(day - edition.day) > notice_period:
                repeats[edition_id][rank] = RepeatedPaper(bit, 0, 0)
                continue
            is_changed = paper.version > number or (paper.kind == "withdrawn" and kind != "withdrawn")
            repeats[edition_id][rank] = RepeatedPaper(bit, bit * is_changed, bit * (not is_changed))
    return repeats


def load_histories(matched: Iterable[tuple[int, int]], repeats: Repeats) -> dict[int, ReaderHistory]:
    """Return histories by reader id. *matched* pairs an id with the set of papers that match the reader.

    It takes one query, and only for readers whose letter it could change; else none.
    """
    recent: dict[int, Mapping[int, RepeatedPaper]] = {}
    old: dict[int, Mapping[int, RepeatedPaper]] = {}
    for edition_id, papers in repeats.items():
        is_recent = any(repeat.changed_bit | repeat.unchanged_bit for repeat in papers.values())
        (recent if is_recent else old)[edition_id] = papers
    repeated, repeated_of_old = _unite(recent), _unite(old)
    is_any_changed = any(repeat.changed_bit for papers in recent.values() for repeat in papers.values())
    readers, readers_of_old = [], []
    for reader, bits in matched:
        if bits and (is_any_changed or bits & repeated):
            readers.append(reader)
        if bits & repeated_of_old:
            readers_of_old.append(reader)
    letters = Q()
    if readers:
        letters |= Q(edition__in=list(recent), subscriber__in=readers)
    if readers_of_old:
        letters |= Q(edition__in=list(old), subscriber__in=readers_of_old)
    return _load_sent(letters, repeats) if letters else {}


def _unite(editions: Repeats) -> int:
    """Return the set of all papers that stand in these editions too."""
    united = 0
    for papers in editions.values():
        for repeat in papers.values():
            united |= repeat.bit
    return united


def _load_sent(letters: Q, repeats: Repeats) -> dict[int, ReaderHistory]:
    shown_letters = Delivery.objects.filter(letters, state__in=SHOWN_STATES)
    fields = ("subscriber_id", "edition_id", "state", "picks", "notices")
    histories: defaultdict[int, ReaderHistory] = defaultdict(ReaderHistory)
    for subscriber, edition_id, state, picks, notices in shown_letters.values_list(*fields).iterator():
        history = histories[subscriber]
        shown = [repeat for rank in list_ranks(picks) if (repeat := repeats[edition_id].get(rank))]
        noticed = [repeat for rank in notices if (repeat := repeats[edition_id].get(rank))]
        for repeat in shown:
            history.seen |= repeat.bit
            if state in SENT_STATES:
                history.outdated |= repeat.changed_bit
        for repeat in (*shown, *noticed):
            history.up_to_date |= repeat.unchanged_bit
    return histories
