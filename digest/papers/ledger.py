"""The ledger: per day and category, what was announced and what became of it, counted from the tables."""

from datetime import date

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from digest.models import Announcement, LedgerLine, Rejection

NO_CATEGORY = ""
"""The line of entries that could not be read, whose category nobody knows; and of a day on which nothing came."""

COUNTED = ("announced", "stored", "new", "crossed", "replaced", "withdrawn", "rejected", "state", "updated_at")


@transaction.atomic
def recount(day: date, *, whole: bool = True) -> None:
    """Writes the lines of *day* anew. On every line announced = stored + rejected + missing.

    `whole` is False when the source broke off: then nobody knows what else was announced.
    """
    lines = [*_announced(day, "complete" if whole else "partial"), *_unplaced(day, whole=whole)]
    if not lines:
        lines = [LedgerLine(day=day, category=NO_CATEGORY, state="quiet" if whole else "partial")]
    for line in lines:
        line.updated_at = timezone.now()
    LedgerLine.objects.filter(day=day).exclude(category__in=[line.category for line in lines]).delete()
    LedgerLine.objects.bulk_create(
        lines, update_conflicts=True, unique_fields=["day", "category"], update_fields=list(COUNTED)
    )


def _announced(day: date, state: str) -> list[LedgerLine]:
    counts = (
        Announcement.objects.filter(day=day)
        .values("category")
        .annotate(
            stored=Count("pk"),
            new=Count("pk", filter=Q(kind="new")),
            crossed=Count("pk", filter=Q(kind="cross")),
            replaced=Count("pk", filter=Q(kind__in=["replace", "replace-cross"])),
            withdrawn=Count("pk", filter=Q(version__withdrawn=True)),
        )
        .order_by("category")
    )
    return [LedgerLine(day=day, announced=count["stored"], state=state, **count) for count in counts]


def _unplaced(day: date, *, whole: bool) -> list[LedgerLine]:
    rejected = Rejection.objects.filter(day=day).count()
    state = "complete" if whole else "partial"
    line = LedgerLine(day=day, category=NO_CATEGORY, announced=rejected, rejected=rejected, state=state)
    return [line] if rejected else []
