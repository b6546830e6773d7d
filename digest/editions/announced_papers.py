"""Finds the papers that a day announced, each once, as its edition shows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter

from django.db.models import Exists, OuterRef

from digest.domain import ANNOUNCED_AS_NEW, AnnouncementKind
from digest.models import Announcement, Paper, Version
from digest.signals import latest

KIND_PREFERENCE: tuple[AnnouncementKind, ...] = (*ANNOUNCED_AS_NEW, "replace", "replace-cross", "withdrawn")


@dataclass(frozen=True, slots=True)
class AnnouncedPaper:
    """A paper as one announcement lists it, before the edition is ranked."""

    paper_id: int
    version_id: int
    number: int
    arxiv_id: str
    kind: AnnouncementKind
    section: str
    categories: tuple[str, ...]
    code_url: str
    announcement_id: int
    title: str
    abstract: str
    authors: tuple[str, ...]
    signals: Mapping[str, int] = field(default_factory=dict)
    # Whole hours from the paper's first announcement to the last observation.
    signal_hours: int = 0

    @property
    def order(self) -> tuple[int, int, bool, int]:
        """Return the sort key by which one announcement of a paper counts.

        It is that of the newest version, as new, in its own category, the earliest.
        """
        return (
            -self.number,
            KIND_PREFERENCE.index(self.kind),
            self.section != self.categories[0],
            self.announcement_id,
        )


QUERY_FIELDS = (
    *("version__paper_id", "version_id", "version__number", "version__paper__arxiv_id"),
    *("withdrawn", "kind", "category", "version__categories", "version__code_url", "id"),
    *("version__title", "version__abstract", "version__authors"),
)


def find_announced_papers(day: date) -> list[AnnouncedPaper]:
    """Return all papers announced that day, by arXiv id, with their signals. Two queries.

    A paper that has been withdrawn since the version announced is of the kind `withdrawn`.
    """
    withdrawn = Version.objects.filter(
        paper=OuterRef("version__paper"), number__gte=OuterRef("version__number"), withdrawn=True
    )
    rows = Announcement.objects.filter(day=day).annotate(withdrawn=Exists(withdrawn))
    observed = latest.latest_signals(Paper.objects.filter(versions__announcements__day=day))
    best: dict[int, AnnouncedPaper] = {}
    for row in rows.values_list(*QUERY_FIELDS).iterator():
        candidate = _make_announced_paper(*row, observed=observed)
        other = best.get(candidate.paper_id, candidate)
        best[candidate.paper_id] = min(other, candidate, key=attrgetter("order"))
    return sorted(best.values(), key=attrgetter("arxiv_id"))


def _make_announced_paper(
    paper_id: int,
    version_id: int,
    number: int,
    arxiv_id: str,
    withdrawn: bool,
    kind: AnnouncementKind,
    section: str,
    categories: list[str],
    code_url: str,
    announcement_id: int,
    title: str,
    abstract: str,
    authors: list[str],
    *,
    observed: Mapping[int, latest.ObservedSignals],
) -> AnnouncedPaper:
    signals = observed.get(paper_id, latest.NOTHING_OBSERVED)
    return AnnouncedPaper(
        paper_id,
        version_id,
        number,
        arxiv_id,
        "withdrawn" if withdrawn else kind,
        section,
        tuple(categories) or (section,),
        code_url,
        announcement_id,
        title,
        abstract,
        tuple(authors),
        signals.values,
        signals.hours,
    )
