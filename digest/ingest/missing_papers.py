"""Papers that were announced and could not be read yet: kept by their ids until they are stored or rejected."""

from collections.abc import Iterable
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from digest.ingest.arxiv_listings import UnreadPaper
from digest.models import Announcement, Missing, Rejection


def record_missing(day: date, unread: Iterable[UnreadPaper]) -> None:
    rows = [
        Missing(
            day=day,
            category=each.listing,
            arxiv_id=each.paper.id,
            version=each.paper.version,
            kind="replace" if (each.paper.version or 1) > 1 else "new",
        )
        for each in unread
    ]
    Missing.objects.bulk_create(rows, ignore_conflicts=True)


def find_missing(day: date) -> QuerySet[Missing]:
    return Missing.objects.filter(day=day, resolved_at=None)


def resolve_found(day: date) -> None:
    """Mark papers that are stored or rejected by now as missing no longer."""
    stored = Announcement.objects.filter(day=day, version__paper__arxiv_id=OuterRef("arxiv_id"))
    rejected = Rejection.objects.filter(day=day, where=OuterRef("arxiv_id"))
    for solved in (stored, rejected):
        find_missing(day).filter(Exists(solved)).update(resolved_at=timezone.now())
