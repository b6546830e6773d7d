"""Loads the papers that earlier letters showed to readers, and which of them have changed since.

No paper is sent twice within KEEP_SEEN_PAPERS_DAYS; of changes letters tell for NOTICE_PERIOD. An older edition counts
only for its papers that could be picked again. What past editions showed is read from lists (`shown_papers.py`), for
the papers of this edition alone: so a long history costs no more than a short one. The letters of the last days, and of
editions that were changed since, are read one by one, and only for readers whose letter they could change.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q

from digest.domain import ANNOUNCED_AS_NEW, PaperRecord
from digest.models import Delivery, Edition, EditionEntry
from digest.models.compact_json import read_numbers, select_stored
from digest.picking.shown_papers import OPEN_STATES, SENT_STATES, ShownPapersReader
from digest.ranking.matching.day_index import DayIndex
from digest.ranking.matching.inverted_index import iterate_ranks

NOTICE_PERIOD = timedelta(days=90)

# A letter is about its new papers.
MAX_NOTICES = 5

# The states of a delivery whose papers the reader has seen or will see.
SHOWN_STATES = (*OPEN_STATES, *SENT_STATES)


class RepeatedPaper(NamedTuple):
    """A paper of this edition, as it stands in another."""

    # The set with its rank here.
    bit: int
    # The same set if the paper has been replaced or withdrawn since; else the empty set.
    changed_bit: int
    # The same set if it has not; else the empty set. Both are empty where the edition is too old for notices.
    unchanged_bit: int
    # The row of the other edition's entry.
    entry_id: int
    # What became known of it since, as a set of `NewsFinder`.
    news: int = 0


class Repeats:
    """The papers of an edition that stand in others too, and what was read of them for many readers at once."""

    def __init__(self, editions: Mapping[int, Mapping[int, RepeatedPaper]]) -> None:
        # Edition id -> rank there -> the paper here.
        self.editions = editions
        self._by_number: Sequence[RepeatedPaper] = ()
        self._lists: ShownPapersReader | None = None
        self._packed: Set[int] = frozenset()

    def find_shown(
        self, readers: Iterable[int], packed: Set[int]
    ) -> Iterator[tuple[int, list[RepeatedPaper], list[RepeatedPaper]]]:
        """Yield a reader, the papers that letters showed and those that they told of, as the lists of editions tell.

        *packed* are the editions that have lists. Where there are others than before, all lists are read again.
        """
        if self._lists is None or packed != self._packed:
            self._packed = packed
            self._by_number = [paper for key in sorted(packed) for paper in self.editions[key].values()]
            self._lists = ShownPapersReader({paper.entry_id: number for number, paper in enumerate(self._by_number)})
        papers = self._by_number
        for reader, shown, told in self._lists.find(readers):
            yield reader, [papers[number] for number in shown], [papers[number] for number in told]


@dataclass(slots=True)
class ReaderHistory:
    """The papers that one reader was shown, as sets of papers of this edition."""

    # Shown before, in whatever version.
    seen: int = 0
    # Sent in a version that has been replaced or withdrawn since.
    outdated: int = 0
    # Shown in the version of this edition, or named in a notice of it.
    up_to_date: int = 0
    # What became known of papers that were sent or that the reader kept, as a set of `NewsFinder`.
    news: int = 0

    def add_shown(self, papers: Iterable[RepeatedPaper], *, is_sent: bool) -> None:
        """Add papers that a letter showed. Nobody is told of changes of what was not sent yet."""
        for bit, changed_bit, unchanged_bit, _entry_id, news in papers:
            self.seen |= bit
            self.up_to_date |= unchanged_bit
            if is_sent:
                self.outdated |= changed_bit
                self.news |= news

    def add_told(self, papers: Iterable[RepeatedPaper]) -> None:
        """Add papers that a letter gave notice of."""
        for paper in papers:
            self.up_to_date |= paper.unchanged_bit

    def notices(self, papers: Sequence[PaperRecord]) -> tuple[int, ...]:
        """Return the ranks of papers to give notice of: withdrawn ones first, because others may build on them."""
        ranks = iterate_ranks(self.outdated & ~self.up_to_date)
        return tuple(sorted(ranks, key=lambda rank: papers[rank].kind != "withdrawn")[:MAX_NOTICES])


NO_HISTORY = ReaderHistory()


def find_repeats(
    edition: Edition, index: DayIndex, first_day: date | None = None, news: Mapping[str, int] | None = None
) -> Repeats:
    """Return the papers of this edition that are in others too, mostly as cross-lists or replacements.

    With them come the papers of which there is *news*: sets of it by arXiv id.
    Later editions count as well, as that of an earlier day may be built late. With *first_day* they are the papers of
    all editions since then, in whatever other edition: of those between, the reader had no letter. Where one of them
    was built late, letters of a later one may have left before: then they count too.
    """
    here = {paper.arxiv_id: paper for paper in index.papers}
    # Letters that are shortened no longer say of what they told.
    notice_period = min(NOTICE_PERIOD, timedelta(days=settings.KEEP_LETTERS_DAYS))
    longest = timedelta(days=settings.KEEP_SEEN_PAPERS_DAYS)
    is_recent = Q(edition__day__range=(edition.day - notice_period, edition.day + notice_period))
    covered = Edition.objects.filter(day__range=(first_day, edition.day)) if first_day else [edition.id]
    here_now = EditionEntry.objects.of_the_day().filter(edition__in=covered)
    could_be_picked = here_now.filter(kind__in=ANNOUNCED_AS_NEW).values("version__paper")
    is_old = Q(edition__day__range=(edition.day - longest, edition.day + longest), version__paper__in=could_be_picked)
    stands_here = Q(version__paper__in=here_now.values("version__paper"))
    has_news = is_recent & Q(version__paper__arxiv_id__in=list(news or {}))
    own = [edition.id] if first_day and _is_any_late(first_day, edition.day) else covered
    elsewhere = (
        EditionEntry.objects.filter(((is_recent | is_old) & stands_here) | has_news)
        .exclude(edition__in=own)
        .values_list("edition_id", "edition__day", "rank", "version__paper__arxiv_id", "version__number", "kind", "id")
    )
    repeats: defaultdict[int, dict[int, RepeatedPaper]] = defaultdict(dict)
    for edition_id, day, rank, arxiv_id, number, kind, entry_id in elsewhere:
        paper, is_old_one = here.get(arxiv_id), abs(day - edition.day) > notice_period
        news_of_paper = 0 if is_old_one else (news or {}).get(arxiv_id, 0)
        bit = 1 << paper.rank if paper else 0
        if paper is None or is_old_one:
            repeats[edition_id][rank] = RepeatedPaper(bit, 0, 0, entry_id, news_of_paper)
            continue
        is_changed = paper.version > number or (paper.kind == "withdrawn" and kind != "withdrawn")
        repeats[edition_id][rank] = RepeatedPaper(
            bit, bit * is_changed, bit * (not is_changed), entry_id, news_of_paper
        )
    return Repeats(repeats)


def _is_any_late(first_day: date, last_day: date) -> bool:
    """Return whether an edition of these days was built after that of a later day, whose letters may have left."""
    editions = Edition.objects.filter(day__range=(first_day, last_day), frozen_at__isnull=False)
    built = list(editions.order_by("day").values_list("frozen_at", flat=True))
    return any(earlier > later for earlier, later in pairwise(built) if earlier and later)


def load_histories(matched: Iterable[tuple[int, int]], repeats: Repeats) -> defaultdict[int, ReaderHistory]:
    """Return histories by reader id. *matched* pairs an id with the set of papers that match the reader.

    Without a reader whose letter it could change it takes no query. Else one tells which editions have lists, one reads
    the lists of the first readers of a block, and one the letters of the other editions, if there are any.
    """
    recent: dict[int, Mapping[int, RepeatedPaper]] = {}
    old: dict[int, Mapping[int, RepeatedPaper]] = {}
    for edition_id, papers in repeats.editions.items():
        is_recent = any(repeat.changed_bit | repeat.unchanged_bit | repeat.news for repeat in papers.values())
        (recent if is_recent else old)[edition_id] = papers
    repeated, repeated_of_old = _join_repeats(recent), _join_repeats(old)
    is_any_changed = any(repeat.changed_bit | repeat.news for papers in recent.values() for repeat in papers.values())
    readers, readers_of_old = [], []
    for reader, bits in matched:
        if bits and (is_any_changed or bits & repeated):
            readers.append(reader)
        if bits & repeated_of_old:
            readers_of_old.append(reader)
    histories: defaultdict[int, ReaderHistory] = defaultdict(ReaderHistory)
    if not readers and not readers_of_old:
        return histories
    editions = Edition.objects.filter(id__in=repeats.editions.keys(), is_packed=True)
    packed = frozenset(editions.values_list("id", flat=True))
    if packed:
        for reader, shown, told in repeats.find_shown({*readers, *readers_of_old}, packed):
            histories[reader].add_shown(shown, is_sent=True)
            histories[reader].add_told(told)
    letters = Q()
    if readers and (unpacked := recent.keys() - packed):
        letters |= Q(edition__in=unpacked, subscriber__id__any_of=readers)
    if readers_of_old and (unpacked := old.keys() - packed):
        letters |= Q(edition__in=unpacked, subscriber__id__any_of=readers_of_old)
    if letters:
        _add_letters(histories, letters, repeats)
    return histories


def _join_repeats(editions: Mapping[int, Mapping[int, RepeatedPaper]]) -> int:
    """Return the set of all papers that stand in these editions too."""
    united = 0
    for papers in editions.values():
        for repeat in papers.values():
            united |= repeat.bit
    return united


def _add_letters(histories: Mapping[int, ReaderHistory], letters: Q, repeats: Repeats) -> None:
    """Add what letters showed and told to the histories of their readers."""
    shown_letters = Delivery.objects.filter(letters, state__in=SHOWN_STATES)
    rows = shown_letters.values_list(
        "subscriber_id", "edition_id", "state", select_stored("picks"), select_stored("notices")
    )
    for subscriber, edition_id, state, picks, notices in rows.iterator():
        history, repeated = histories[subscriber], repeats.editions[edition_id]
        shown = [repeated[rank] for rank in read_numbers(picks).tolist() if rank in repeated]
        history.add_shown(shown, is_sent=state in SENT_STATES)
        history.add_told(repeated[rank] for rank in read_numbers(notices).tolist() if rank in repeated)
