"""Loads what readers said of themselves and of papers, as the score reads it, for many readers at once."""

from collections import OrderedDict, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time

from django.db.models import Min, Q, QuerySet

from digest.editions.version_vectors import load_vectors
from digest.models import Feedback, Version
from digest.ranking.personal.mark_weights import weigh_mark
from digest.ranking.personal.signals import ReaderSignals, WeightedPaper
from digest.ranking.selection.select import describe_reader
from subscriptions.reader import Reader

# Older marks do not count, so that the cost of a reader is bounded.
MAX_MARKS_PER_READER = 300

# Marked papers that are kept while readers are planned: two kilobytes each. Those that nobody marks any more go first.
MAX_KEPT_PAPERS = 1 << 14

# A chunk is queried by a range of ids if the range holds at most so many ids for each reader.
MAX_RANGE_FACTOR = 2

# SQLite takes at most 32,766 values in a query.
PAPERS_PER_QUERY = 10_000


# A marked paper's id, the kind of the mark, and the paper's place in the letter.
Mark = tuple[int, str, int | None]


class SignalLoader:
    """Loads the signals of chunks of readers, and keeps the papers that they marked.

    With *before* it loads what was known when that day began in UTC: the marks of until then, and the marked papers in
    the versions announced by then.
    """

    def __init__(self, before: date | None = None) -> None:
        self._before = before
        self._papers: OrderedDict[int, WeightedPaper] = OrderedDict()

    def load(self, readers: Sequence[Reader]) -> list[ReaderSignals]:
        """Return the signals of each reader, in their order.

        It takes one query, and two more if somebody marked papers that were not loaded before.
        """
        marks_by_reader = _load_marks(readers, self._before)
        self._load_papers({paper for marks in marks_by_reader.values() for paper, _, _ in marks})
        return [self._make_signals(reader, marks_by_reader.get(reader.id, ())) for reader in readers]

    def _make_signals(self, reader: Reader, marks: Collection[Mark]) -> ReaderSignals:
        if not marks:
            return describe_reader(reader)
        disliked = {paper: place for paper, kind, place in marks if kind == "less"}
        liked = {paper: place for paper, _, place in marks if paper not in disliked}
        if "likes" in reader.switched_off:  # what follows from them is not told, not only not counted
            liked = {}
        return describe_reader(reader)._replace(
            liked=tuple(self._weigh_papers(liked)), disliked=tuple(self._weigh_papers(disliked))
        )

    def _weigh_papers(self, places: Mapping[int, int | None]) -> Iterator[WeightedPaper]:
        """Yield papers with the weights of their marks; *places* has their places in letters by their ids."""
        for paper_id, place in places.items():
            if paper := self._papers.get(paper_id):
                weight = weigh_mark(place)
                yield paper if weight == paper.weight else paper._replace(weight=weight)

    def _load_papers(self, wanted: Collection[int]) -> None:
        for paper_id in wanted & self._papers.keys():
            self._papers.move_to_end(paper_id)
        unknown = sorted(wanted - self._papers.keys())
        for start in range(0, len(unknown), PAPERS_PER_QUERY):
            self._papers.update(_read_papers(unknown[start : start + PAPERS_PER_QUERY], self._before))
        while len(self._papers) > max(MAX_KEPT_PAPERS, len(wanted)):
            self._papers.popitem(last=False)


def _load_marks(readers: Sequence[Reader], before: date | None) -> dict[int, list[Mark]]:
    """Return the newest marks by reader, the newest first; saved papers are among them."""
    marks: defaultdict[int, list[Mark]] = defaultdict(list)
    rows = _order_feedback(readers, before).values_list("subscriber_id", "paper_id", "kind", "place")
    # A database that numbers the rows of each reader takes twice as long, to leave out those of the very few.
    for subscriber, paper, kind, place in rows:
        of_reader = marks[subscriber]
        if len(of_reader) < MAX_MARKS_PER_READER:
            of_reader.append((paper, kind, place))
    return marks


def _order_feedback(readers: Sequence[Reader], before: date | None) -> QuerySet[Feedback]:
    feedback = Feedback.objects.filter(_readers_condition(sorted(reader.id for reader in readers)))
    feedback = feedback.exclude(cause="known")  # who knows a paper says nothing against others like it
    if before is not None:
        feedback = feedback.filter(created_at__lt=datetime.combine(before, time(), UTC))
    return feedback.order_by("subscriber_id", "-created_at", "-pk")


def _readers_condition(ids: Sequence[int]) -> Q:
    """Return a range of ids where it adds few others: a list of a thousand ids costs more than their rows."""
    if ids and ids[-1] - ids[0] < MAX_RANGE_FACTOR * len(ids):
        return Q(subscriber__gte=ids[0], subscriber__lte=ids[-1])
    return Q(subscriber__in=ids)


def _read_papers(paper_ids: Sequence[int], before: date | None) -> dict[int, WeightedPaper]:
    """Return the newest version of each paper, or the newest one announced before a day, by the paper's id."""
    rows = Version.objects.filter(paper__in=paper_ids).order_by("number", "pk")
    if before is not None:
        announced = rows.annotate(first_day=Min("announcements__day"))
        rows = announced.filter(Q(first_day__isnull=True) | Q(first_day__lt=before))
    fields = ("paper_id", "pk", "paper__arxiv_id", "title", "authors", "categories")
    versions = {row[0]: row[1:] for row in rows.values_list(*fields).iterator()}
    vectors = load_vectors([version[0] for version in versions.values()])
    return {
        paper_id: WeightedPaper(vectors[version_id], arxiv_id, title, tuple(authors), tuple(categories))
        for paper_id, (version_id, arxiv_id, title, authors, categories) in versions.items()
    }
