"""The papers that readers wanted more or less of, with their texts, for many readers at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from digest.models import Feedback, Version
from digest.ranking.personal.similarity import MarkedPaper
from subscriptions.reader import Reader

# What a reader said last counts; older feedback is forgotten, so that a reader's cost stays bounded.
MAX_MARKS_PER_READER = 50

# How many ids there may be between the first and the last reader of a chunk, for each of them.
MAX_RANGE_FACTOR = 2


@dataclass(slots=True)
class ReaderMarks:
    more: list[MarkedPaper] = field(default_factory=list)
    less: list[MarkedPaper] = field(default_factory=list)


def load_marks(readers: Sequence[Reader]) -> dict[int, ReaderMarks]:
    """Reader id → what they marked, for those who did. One query; a second one if there is anybody."""
    said = _newest_feedback(readers)
    rows = list(said.values_list("subscriber_id", "kind", "paper_id"))
    texts = _load_texts(said) if rows else {}
    found: defaultdict[int, ReaderMarks] = defaultdict(ReaderMarks)
    for subscriber, kind, paper in rows:
        if paper in texts:
            marks = found[subscriber]
            (marks.more if kind == "more" else marks.less).append(texts[paper])
    return dict(found)


def _newest_feedback(readers: Sequence[Reader]) -> QuerySet[Feedback]:
    said = Feedback.objects.filter(
        _readers_condition(sorted(reader.id for reader in readers)), kind__in=("more", "less")
    )
    newest = Window(RowNumber(), partition_by=F("subscriber"), order_by=(F("created_at").desc(), F("pk").desc()))
    return said.annotate(place=newest).filter(place__lte=MAX_MARKS_PER_READER).order_by("subscriber", "place")


def _readers_condition(ids: Sequence[int]) -> Q:
    """Return a range where it brings in few others: a list of a thousand ids costs more than the rows it saves."""
    if ids and ids[-1] - ids[0] < MAX_RANGE_FACTOR * len(ids):
        return Q(subscriber__gte=ids[0], subscriber__lte=ids[-1])
    return Q(subscriber__in=ids)


def _load_texts(said: QuerySet[Feedback]) -> dict[int, MarkedPaper]:
    """Paper id → what its newest version says. By subquery: a chunk may speak of more papers than SQL takes values."""
    versions = Version.objects.filter(paper__in=said.order_by().values("paper")).order_by("number", "pk")
    fields = versions.values_list("paper_id", "paper__arxiv_id", "title", "abstract", "authors")
    return {
        paper: MarkedPaper(arxiv_id, title, abstract, tuple(authors))
        for paper, arxiv_id, title, abstract, authors in fields.iterator()
    }
