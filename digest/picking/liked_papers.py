"""Loads the papers that readers marked `more` or `less`, with their texts, for many readers at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from digest.models import Feedback, Version
from digest.ranking.personal.similarity import MarkedPaper
from subscriptions.reader import Reader

# Older feedback does not count, so that the cost of a reader is bounded.
MAX_MARKS_PER_READER = 50

# A chunk is queried by a range of ids if the range holds at most so many ids for each reader.
MAX_RANGE_FACTOR = 2


@dataclass(slots=True)
class ReaderMarks:
    """The papers that one reader marked, the newest mark first."""

    more: list[MarkedPaper] = field(default_factory=list)
    less: list[MarkedPaper] = field(default_factory=list)


def load_marks(readers: Sequence[Reader]) -> dict[int, ReaderMarks]:
    """Return marks by reader id, for readers who have any. It takes one query, and a second one if there are marks."""
    feedback = _newest_feedback(readers)
    rows = list(feedback.values_list("subscriber_id", "kind", "paper_id"))
    texts = _load_texts(feedback) if rows else {}
    marks_by_reader: defaultdict[int, ReaderMarks] = defaultdict(ReaderMarks)
    for subscriber, kind, paper in rows:
        if paper in texts:
            marks = marks_by_reader[subscriber]
            (marks.more if kind == "more" else marks.less).append(texts[paper])
    return dict(marks_by_reader)


def _newest_feedback(readers: Sequence[Reader]) -> QuerySet[Feedback]:
    of_readers = _readers_condition(sorted(reader.id for reader in readers))
    feedback = Feedback.objects.filter(of_readers, kind__in=("more", "less"))
    newest = Window(RowNumber(), partition_by=F("subscriber"), order_by=(F("created_at").desc(), F("pk").desc()))
    return feedback.annotate(age=newest).filter(age__lte=MAX_MARKS_PER_READER).order_by("subscriber", "age")


def _readers_condition(ids: Sequence[int]) -> Q:
    """Return a range of ids where it adds few others: a list of a thousand ids costs more than their rows."""
    if ids and ids[-1] - ids[0] < MAX_RANGE_FACTOR * len(ids):
        return Q(subscriber__gte=ids[0], subscriber__lte=ids[-1])
    return Q(subscriber__in=ids)


def _load_texts(feedback: QuerySet[Feedback]) -> dict[int, MarkedPaper]:
    """Return the newest version by paper id.

    A chunk may have marked more papers than a query takes as values, so they are given as a subquery.
    """
    versions = Version.objects.filter(paper__in=feedback.order_by().values("paper")).order_by("number", "pk")
    fields = versions.values_list("paper_id", "paper__arxiv_id", "title", "abstract", "authors")
    return {
        paper: MarkedPaper(arxiv_id, title, abstract, tuple(authors))
        for paper, arxiv_id, title, abstract, authors in fields.iterator()
    }
