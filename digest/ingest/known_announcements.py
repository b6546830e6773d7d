"""What earlier days announced, so that what is new can be told by its ids and nothing in between is lost."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef

from digest.domain import FetchedPaper
from digest.ingest.arxiv_holidays import no_listing
from digest.models import Announcement, LedgerLine, Version
from digest.sources.arxiv.api import Window, window

# No listing stays as it is for longer, and no gap that is filled by itself is longer.
DAYS_BACK = timedelta(days=14)
WEEK = timedelta(days=7)
ONE = timedelta(days=1)
SETTLED = ("complete", "quiet", "holiday")


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was announced in the days before one."""

    # arXiv id, version, category: arXiv announces none twice.
    announcements: frozenset[tuple[str, int, str]]
    versions: frozenset[tuple[str, int]]
    papers: frozenset[str]

    def knows(self, entry: FetchedPaper) -> bool:
        return (entry.arxiv_id, entry.version or 1, entry.announced_in) in self.announcements


def earlier(day: date, *, or_later: bool = False) -> Earlier:
    """*or_later*: for past days, what was announced as new since then too: it came late, and needs not come again."""
    rows = Announcement.objects.filter(day__lt=day, day__gte=day - DAYS_BACK)
    if or_later:
        rows |= Announcement.objects.filter(day__gt=day, day__lte=day + DAYS_BACK, kind="new")
    fields = ("version__paper__arxiv_id", "version__number", "category")
    found = frozenset(rows.values_list(*fields).iterator())
    versions = frozenset((arxiv_id, number) for arxiv_id, number, _category in found)
    return Earlier(found, versions, frozenset(arxiv_id for arxiv_id, _number in versions))


def with_all_metadata(day: date) -> frozenset[tuple[str, int]]:
    """The versions announced on *day* of which no more can be learned: their dates came from the API."""
    announced = Announcement.objects.filter(version=OuterRef("pk"), day=day)
    rows = Version.objects.filter(Exists(announced), published__isnull=False, updated__isnull=False)
    return frozenset(rows.values_list("paper__arxiv_id", "number"))


def announced_anything(day: date) -> bool:
    return Announcement.objects.filter(day=day).exists()


def submissions(day: date, *, gapless: bool = True) -> Window | None:
    """When the papers announced on *day* were sent in, those of evenings without announcement included.

    *gapless*: from the end of what the last complete day of the past week had, whatever became of the days since.
    """
    span = window(day)
    if span is None:
        return None
    opens = [span[0], *(skipped[0] for skipped in _skipped(day))]
    if gapless and (last := _last_complete(day)):
        opens.append(last[1])
    return min(opens), span[1]


def _skipped(day: date) -> Iterator[Window]:
    before = day - ONE
    while no_listing(before):
        if skipped := window(before):
            yield skipped
        before -= ONE


def _last_complete(day: date) -> Window | None:
    lines = LedgerLine.objects.filter(day__lt=day, day__gte=day - WEEK)
    complete = set(lines.filter(state="complete").values_list("day", flat=True))
    complete -= set(lines.exclude(state__in=SETTLED).values_list("day", flat=True))
    return window(max(complete)) if complete else None
