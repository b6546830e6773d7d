"""The announcements of earlier days: what is new is recognised by its ids, and no gap between days stays open."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef

from digest.dates import ONE_DAY
from digest.domain import FetchedPaper
from digest.ingest.arxiv_holidays import is_without_listing
from digest.models import Announcement, LedgerLine, Version
from digest.sources.arxiv.announcement_schedule import SubmissionWindow, submission_window_of

# No listing stays as it is for longer, and no gap that is filled by itself is longer.
LOOK_BACK = timedelta(days=14)
ONE_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class KnownAnnouncements:
    """The announcements of the days before one."""

    # arXiv id, version, category: arXiv announces none twice.
    announcements: frozenset[tuple[str, int, str]]
    versions: frozenset[tuple[str, int]]
    papers: frozenset[str]

    def knows(self, entry: FetchedPaper) -> bool:
        return (entry.arxiv_id, entry.version or 1, entry.announced_in) in self.announcements


def load_known_announcements(day: date, *, or_later: bool = False) -> KnownAnnouncements:
    """Return what was announced in the two weeks before *day*.

    *or_later*: for past days, also what was announced as new in the two weeks after: it came late, and need not come
    again.
    """
    rows = Announcement.objects.filter(day__lt=day, day__gte=day - LOOK_BACK)
    if or_later:
        rows |= Announcement.objects.filter(day__gt=day, day__lte=day + LOOK_BACK, kind="new")
    fields = ("version__paper__arxiv_id", "version__number", "category")
    announcements = frozenset(rows.values_list(*fields).iterator())
    versions = frozenset((arxiv_id, number) for arxiv_id, number, _category in announcements)
    return KnownAnnouncements(announcements, versions, frozenset(arxiv_id for arxiv_id, _number in versions))


def find_complete_versions(day: date) -> frozenset[tuple[str, int]]:
    """Return the versions announced on *day* that lack nothing: their dates came from the API."""
    announced = Announcement.objects.filter(version=OuterRef("pk"), day=day)
    rows = Version.objects.filter(Exists(announced), published__isnull=False, updated__isnull=False)
    return frozenset(rows.values_list("paper__arxiv_id", "number"))


def submission_window(day: date, *, gapless: bool = True) -> SubmissionWindow | None:
    """Return when the papers announced on *day* were submitted, evenings without announcement included.

    *gapless*: the window opens where that of the last complete day of the past week closed, so that the days since are
    covered whatever became of them.
    """
    window = submission_window_of(day)
    if window is None:
        return None
    starts = [window[0], *(skipped[0] for skipped in _skipped_windows(day))]
    if gapless and (last := _last_complete_window(day)):
        starts.append(last[1])
    return min(starts), window[1]


def _skipped_windows(day: date) -> Iterator[SubmissionWindow]:
    """Yield the windows of the days just before *day* that have no listing."""
    before = day - ONE_DAY
    while is_without_listing(before):
        if skipped := submission_window_of(before):
            yield skipped
        before -= ONE_DAY


def _last_complete_window(day: date) -> SubmissionWindow | None:
    lines = LedgerLine.objects.filter(day__lt=day, day__gte=day - ONE_WEEK)
    complete = set(lines.filter(state="complete").values_list("day", flat=True))
    complete -= set(lines.exclude(state__in=LedgerLine.SETTLED_STATES).values_list("day", flat=True))
    return submission_window_of(max(complete)) if complete else None
