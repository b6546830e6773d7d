"""Requests the papers that earlier runs missed once more, by their ids. What stays unknown is rejected in the end.

A paper that is found after the letters of its day were planned is announced again in the next edition that can still
change. Until there is one, it stays missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from digest.domain import Entry, FetchedPaper, Malformed, SourceUnavailable
from digest.ingest import ledger
from digest.ingest.arxiv_listings import parse_entry_id
from digest.ingest.rejections import record_rejections
from digest.ingest.store_papers import store_papers
from digest.models import Delivery, Edition, Missing
from digest.sources.arxiv.api import ArxivApi
from digest.sources.arxiv.sections import expand_codes, find_submission_section
from digest.sources.validation import ANNOUNCEMENT_KINDS

MAX_REFETCH_ATTEMPTS = 5
# arXiv's API may lag behind its listings; what it does not know after this and so many attempts is rejected.
GIVE_UP_AFTER = timedelta(days=3)
REFETCH_LOOK_BACK = timedelta(days=30)
UNKNOWN_REASON = "a listing names it, but arXiv's API does not know it"
LATE_REASON = "found after the letters were planned; the next edition will show it"


def refetch_missing_papers(api: ArxivApi, today: date) -> None:
    """Ask once more for what is missing of the days up to *today*. When arXiv cannot be asked, the next run will."""
    rows = list(Missing.objects.filter(resolved_at=None, day__lte=today, day__gte=today - REFETCH_LOOK_BACK))
    try:
        for batch, entries in api.fetch_by_ids(sorted({row.arxiv_id for row in rows}), today):
            requested = set(batch)
            found = {
                entry.arxiv_id if isinstance(entry, FetchedPaper) else parse_entry_id(entry): entry for entry in entries
            }
            _store_batch([row for row in rows if row.arxiv_id in requested], found, today)
    except SourceUnavailable as problem:
        Missing.objects.filter(pk__in=[row.pk for row in rows], resolved_at=None).update(last_error=str(problem)[:300])
    for day in {row.day for row in rows}:
        ledger.recount_day(day, whole=None)


@transaction.atomic
def _store_batch(rows: Sequence[Missing], found: Mapping[str, Entry], today: date) -> None:
    papers_by_day: dict[date, list[tuple[Missing, FetchedPaper]]] = {}
    unknown = []
    for row in rows:
        entry = found.get(row.arxiv_id)
        # An older version than the listing names is not what it announced.
        if isinstance(entry, FetchedPaper) and (entry.version or 1) >= (row.version or 1):
            papers_by_day.setdefault(row.day, []).append((row, place_in_listing(entry, expand_codes(row.category))))
        else:
            unknown.append(row)
    letters = Delivery.objects.filter(edition=OuterRef("pk"))
    planned = Edition.objects.filter(Exists(letters), day__in={today, *papers_by_day})
    planned_days = set(planned.values_list("day", flat=True))
    for day, pairs in papers_by_day.items():
        papers = [paper for _row, paper in pairs]
        if day not in planned_days:
            store_papers(papers, day)
        elif today not in planned_days:
            # The letters of its day are planned without it: its readers find it in today's.
            store_papers(papers, day)
            store_papers(papers, today)
        else:
            # No edition before the next day's can show it. Stored now, it would count as read and be in no letter.
            Missing.objects.filter(pk__in=[row.pk for row, _paper in pairs]).update(last_error=LATE_REASON)
    # What was found and waits for an edition has not failed: it is never given up.
    Missing.objects.filter(pk__in=[row.pk for row in unknown]).update(attempts=F("attempts") + 1)
    _reject_unknown(unknown, found, today)


def place_in_listing(entry: FetchedPaper, categories: frozenset[str]) -> FetchedPaper:
    """Return the paper as the listing of *categories*, which names it, would have announced it."""
    is_first = (entry.version or 1) == 1
    section, kind = find_submission_section(entry.categories, "new" if is_first else "replace", categories)
    return replace(entry, section=section or entry.categories[0], kind=ANNOUNCEMENT_KINDS[kind], where=entry.arxiv_id)


def _reject_unknown(rows: Sequence[Missing], found: Mapping[str, Entry], today: date) -> None:
    """Reject at once what is malformed, and what the API does not know once it has had enough time."""
    for row in rows:
        entry = found.get(row.arxiv_id)
        if isinstance(entry, Malformed):
            rejection, is_final = replace(entry, where=row.arxiv_id), True
        else:
            rejection = Malformed(row.arxiv_id, UNKNOWN_REASON)
            is_final = row.attempts + 1 >= MAX_REFETCH_ATTEMPTS and today - row.day >= GIVE_UP_AFTER
        if is_final:
            record_rejections([rejection], row.day, "arxiv", row.category)
        row.last_error = rejection.reason[:300]
    Missing.objects.bulk_update(rows, ["last_error"])
