"""What readers were shown in the letters of the last 90 days, and what has become of those papers since."""

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
    # The same set if the paper has been replaced or withdrawn since; else no paper.
    news: int


# Papers that stand in this edition and in another: edition id -> rank there -> the paper here.
Repeats = Mapping[int, Mapping[int, RepeatedPaper]]


@dataclass(slots=True)
class ReaderHistory:
    """Sets of papers of this edition, as one reader knows them."""

    # Shown before, in whatever version.
    seen: int = 0
    # Sent as they no longer are.
    dated: int = 0
    # Sent as they are now, or a letter told so.
    told: int = 0

    def notices(self, papers: Sequence[PaperRecord]) -> tuple[int, ...]:
        """Ranks of what the reader should hear: withdrawn papers first, because others may build on them."""
        found = sorted(iterate_ranks(self.dated & ~self.told), key=lambda rank: papers[rank].kind != "withdrawn")
        return tuple(found[:MAX_NOTICES])


NO_HISTORY = ReaderHistory()


def find_repeats(edition: Edition, index: DayIndex) -> Repeats:
    """The papers of this edition that stand in others too; cross-lists and replacements make most of them.

    On both sides of the day: editions of earlier days may be built late.
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
    found: defaultdict[int, dict[int, RepeatedPaper]] = defaultdict(dict)
    for edition_id, rank, arxiv_id, number, kind in elsewhere:
        if paper := here.get(arxiv_id):
            found[edition_id][rank] = _repeated_paper(paper, number, kind)
    return found


def _repeated_paper(paper: PaperRecord, number: int, kind: str) -> RepeatedPaper:
    bit = 1 << paper.rank
    withdrawn = paper.kind == "withdrawn" and kind != "withdrawn"
    return RepeatedPaper(bit, bit if withdrawn or paper.version > number else 0)


def load_histories(matched: Iterable[tuple[int, int]], known: Repeats) -> dict[int, ReaderHistory]:
    """Return histories by reader id. *matched* pairs an id with the set of papers that match the reader.

    One query, and only about readers who may get a letter that it could change; else none.
    """
    again = news = 0
    for papers in known.values():
        for repeat in papers.values():
            again |= repeat.bit
            news |= repeat.news
    if not again:
        return {}
    concerned = [reader for reader, papers in matched if papers and (news or papers & again)]
    return _load_sent(concerned, known) if concerned else {}


def _load_sent(subscribers: Collection[int], known: Repeats) -> dict[int, ReaderHistory]:
    letters = Delivery.objects.filter(edition__in=list(known), subscriber__in=subscribers, state__in=SHOWN_STATES)
    fields = ("subscriber_id", "edition_id", "state", "picks", "notices")
    found: defaultdict[int, ReaderHistory] = defaultdict(ReaderHistory)
    for subscriber, edition_id, state, picks, notices in letters.values_list(*fields).iterator():
        shown = [repeat for rank, *_ in picks if (repeat := known[edition_id].get(rank))]
        noted = [repeat for rank in notices if (repeat := known[edition_id].get(rank))]
        _add_to_history(found[subscriber], shown, noted, sent=state in SENT_STATES)
    return found


def _add_to_history(
    memory: ReaderHistory, shown: Sequence[RepeatedPaper], noted: Sequence[RepeatedPaper], *, sent: bool
) -> None:
    for repeat in shown:
        memory.seen |= repeat.bit
        memory.dated |= repeat.news if sent else 0
    for repeat in (*shown, *noted):
        memory.told |= repeat.bit ^ repeat.news
