"""The ledger: for each day and category, how much was announced and what became of it.

The counts come from the tables, always anew; but what a source gave is counted as it comes in, so that a paper lost on
the way to the tables is seen. A source's verdict on a category, and its note, stay until the source
is read again. A day is complete when every listing came and every announced paper is stored, or rejected with a reason.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from digest.ingest import missing_papers
from digest.models import Announcement, LedgerLine, Rejection

# The line of entries that could not be read, whose category nobody knows; and of a day on which nothing came.
WHOLE_DAY = ""
NOTE_FROM_API = "From the API alone: cross-lists and replacements are not known."
# The verdict on lines that were filled while the source broke off.
BROKEN_VERDICT = "broken"

COUNT_FIELDS = ("announced", "named", "stored", "new", "crossed", "replaced", "withdrawn", "rejected", "missing")
VERDICT_FIELDS = ("state", "verdict", "note", "updated_at")
# How each count is taken from the announcements.
ANNOUNCEMENT_COUNTS = {
    "stored": Count("pk"),
    "new": Count("pk", filter=Q(kind="new")),
    "crossed": Count("pk", filter=Q(kind="cross")),
    "replaced": Count("pk", filter=Q(kind__in=["replace", "replace-cross"])),
    "withdrawn": Count("pk", filter=Q(version__withdrawn=True)),
}


@dataclass(frozen=True, slots=True)
class CategoryVerdict:
    """A source's verdict on a category: complete, open, holiday, stale, partial."""

    state: str
    note: str = ""


@transaction.atomic
def record_verdicts(day: date, verdicts: Mapping[str, CategoryVerdict], scope: Collection[str]) -> None:
    """Replace earlier verdicts on the categories in *scope*, and on the day as a whole."""
    earlier = LedgerLine.objects.filter(day=day, category__in=[*scope, WHOLE_DAY])
    earlier.exclude(category__in=verdicts).update(verdict="", note="")
    lines = [
        LedgerLine(day=day, category=category, verdict=verdict.state, note=verdict.note[:300])
        for category, verdict in verdicts.items()
    ]
    LedgerLine.objects.bulk_create(
        lines, update_conflicts=True, unique_fields=["day", "category"], update_fields=["verdict", "note"]
    )


def find_listed_categories(day: date) -> set[str]:
    """Return the categories whose listing of *day* was read whole while arXiv showed it."""
    return set(LedgerLine.objects.filter(day=day, verdict="complete").values_list("category", flat=True))


def find_api_only_categories(day: date, scope: Collection[str]) -> list[str]:
    """Return the categories of *scope* for which only the API gave papers of *day*."""
    lines = LedgerLine.objects.filter(day=day, category__in=scope, verdict="partial", note__startswith=NOTE_FROM_API)
    return list(lines.values_list("category", flat=True))


def describe_problems(day: date) -> list[str]:
    """Return what the sources reported as wrong, each reason once with how many categories it concerns."""
    lines = LedgerLine.objects.filter(day=day).exclude(note="").exclude(state__in=("open", "holiday"))
    counted = lines.values("note").annotate(categories=Count("pk")).order_by("-categories", "note")
    return [f"{note} ({categories})" for note, categories in counted.values_list("note", "categories")]


@transaction.atomic
def recount_day(
    day: date, *, whole: bool | None = True, note: str = "", named: Mapping[str, int] = MappingProxyType({})
) -> None:
    """Write the lines of *day* anew. On every line announced = stored + rejected + missing, or something was lost.

    *named*: by category, how many announcements the source gave, counted before they were stored. A line keeps the
    largest number of all readings.

    *whole* is False when the source broke off: then nobody knows what else was announced. None: it was not read.
    """
    missing_papers.resolve_found(day)
    earlier_lines = {line.category: line for line in LedgerLine.objects.filter(day=day)}
    lines = _count_lines(day)
    for category, line in earlier_lines.items():
        if line.verdict not in ("", BROKEN_VERDICT) or line.named:
            lines.setdefault(category, LedgerLine(day=day, category=category))
    for category in named:
        lines.setdefault(category, LedgerLine(day=day, category=category))
    lines = lines or {WHOLE_DAY: LedgerLine(day=day, category=WHOLE_DAY)}
    for category, line in lines.items():
        earlier = earlier_lines.get(category)
        line.named = max(named.get(category, 0), earlier.named if earlier else 0)
        line.announced = max(line.named, line.stored) + line.rejected + line.missing
        _set_verdict(line, earlier, whole, note)
    _save_lines(day, lines)


def _count_lines(day: date) -> dict[str, LedgerLine]:
    lines: dict[str, LedgerLine] = {}
    announced = Announcement.objects.filter(day=day).values("category")
    rejected = Rejection.objects.filter(day=day).values("category")
    still_missing = missing_papers.find_missing(day).values("category")
    for rows, counts in (
        (announced, ANNOUNCEMENT_COUNTS),
        (rejected, {"rejected": Count("pk")}),
        (still_missing, {"missing": Count("pk")}),
    ):
        for category, *values in rows.annotate(**counts).order_by("category").values_list("category", *counts):
            line = lines.setdefault(category, LedgerLine(day=day, category=category))
            for name, value in zip(counts, values, strict=True):
                setattr(line, name, value)
    return lines


def count_lost(line: LedgerLine) -> int:
    """Return how many announcements are neither stored nor rejected nor known to be missing."""
    return line.announced - line.stored - line.rejected - line.missing


def _set_verdict(line: LedgerLine, earlier: LedgerLine | None, whole: bool | None, note: str) -> None:
    if earlier is not None:
        line.verdict, line.note = earlier.verdict, earlier.note
    if whole and line.verdict == BROKEN_VERDICT:
        line.verdict = line.note = ""
    # An earlier reading may have had the line whole; the broken one then added nothing to it.
    is_still_settled = (
        earlier is not None and earlier.state in LedgerLine.SETTLED_STATES and earlier.announced == line.announced
    )
    if whole is False and not is_still_settled:
        line.verdict, line.note = BROKEN_VERDICT, note[:300]
    line.state = _line_state(line)
    line.updated_at = timezone.now()


def _line_state(line: LedgerLine) -> str:
    if line.missing or count_lost(line) or line.verdict in (BROKEN_VERDICT, "partial"):
        return "partial"
    if line.verdict == "stale":
        return "stale"
    if line.announced:
        return "complete"
    return line.verdict if line.verdict in ("open", "holiday") else "quiet"


def _save_lines(day: date, lines: Mapping[str, LedgerLine]) -> None:
    LedgerLine.objects.filter(day=day).exclude(category__in=lines).delete()
    LedgerLine.objects.bulk_create(
        lines.values(),
        update_conflicts=True,
        unique_fields=["day", "category"],
        update_fields=[*COUNT_FIELDS, *VERDICT_FIELDS],
    )
