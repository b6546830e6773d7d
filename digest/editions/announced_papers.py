"""Finds the papers that a day announced, each once, as its edition shows them.

With them come those of the days before that have no edition. A day has none where arXiv could not be read whole; what
had come in by then is known, so that no later day announces it. Without an edition of its own it would be in no letter.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from operator import attrgetter

from django.db.models import Exists, OuterRef

from digest.domain import ANNOUNCED_AS_NEW, AnnouncementKind
from digest.models import Announcement, Edition, EditionEntry, Paper, Version
from digest.signals import latest

# An edition makes up for days so far back.
MAX_LATE = timedelta(days=13)

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
    """Return all papers that the edition of *day* shows, by arXiv id, with their signals. Five queries at most.

    A paper that has been withdrawn since the version announced is of the kind `withdrawn`.
    """
    withdrawn = Version.objects.filter(
        paper=OuterRef("version__paper"), number__gte=OuterRef("version__number"), withdrawn=True
    )
    days = [day, *_find_days_without_edition(day)]
    rows = Announcement.objects.filter(day__in=days).annotate(withdrawn=Exists(withdrawn))
    if len(days) > 1:
        # An edition in between may have shown them.
        shown = EditionEntry.objects.of_the_day().filter(
            version=OuterRef("version"), edition__day__gt=OuterRef("day"), edition__day__lt=day
        )
        rows = rows.filter(~Exists(shown))
    observed = latest.latest_signals(Paper.objects.filter(versions__announcements__day__in=days))
    best: dict[int, AnnouncedPaper] = {}
    for row in rows.values_list(*QUERY_FIELDS).iterator():
        candidate = _make_announced_paper(*row, observed=observed)
        other = best.get(candidate.paper_id, candidate)
        best[candidate.paper_id] = min(other, candidate, key=attrgetter("order"))
    return sorted(best.values(), key=attrgetter("arxiv_id"))


def _find_days_without_edition(day: date) -> list[date]:
    """Return the days of the two weeks before *day* that announced papers and have no edition.

    Days before the first edition are none of them: they were brought in for the archive.
    """
    editions = Edition.objects.filter(day__lt=day, frozen_at__isnull=False)
    first = editions.order_by("day").values_list("day", flat=True).first()
    if first is None:
        return []
    with_edition = set(editions.filter(day__gte=day - MAX_LATE).values_list("day", flat=True))
    before = {day - timedelta(days=number) for number in range(1, MAX_LATE.days + 1)} - with_edition
    announced = Announcement.objects.filter(day__in=[each for each in before if each > first])
    return list(announced.order_by().values_list("day", flat=True).distinct())


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
