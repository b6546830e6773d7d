"""Asks once more, by their ids, for the papers that earlier runs missed. What stays unknown is rejected in the end."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from django.db import transaction
from django.db.models import F

from digest.domain import Entry, FetchedPaper, Malformed, SourceUnavailable
from digest.ingest import ledger
from digest.ingest.arxiv_listings import entry_id
from digest.ingest.rejections import record_rejections as reject
from digest.ingest.store_papers import store_papers
from digest.models import Delivery, Missing
from digest.sources.arxiv.api import ArxivApi
from digest.sources.arxiv.sections import expand_codes, find_submission_section
from digest.sources.validation import ANNOUNCEMENT_KINDS

MAX_REFETCH_ATTEMPTS = 5
# arXiv's API may lag behind its listings; what it does not know after this and so many attempts is rejected.
GIVE_UP_AFTER = timedelta(days=3)
LOOK_BACK = timedelta(days=30)
UNKNOWN_REASON = "a listing names it, but arXiv's API does not know it"


def refetch_missing_papers(api: ArxivApi, until: date) -> None:
    """Asks once more for what is missing of the days up to *until*. When arXiv cannot be asked, the next run will."""
    rows = list(Missing.objects.filter(resolved_at=None, day__lte=until, day__gte=until - LOOK_BACK))
    ids = sorted({row.arxiv_id for row in rows})
    try:
        for batch, found in api.fetch_by_ids(ids, until):
            asked = [row for row in rows if row.arxiv_id in set(batch)]
            _store_found(
                asked,
                {(entry.arxiv_id if isinstance(entry, FetchedPaper) else entry_id(entry)): entry for entry in found},
                until,
            )
    except SourceUnavailable as problem:
        Missing.objects.filter(pk__in=[row.pk for row in rows], resolved_at=None).update(last_error=str(problem)[:300])
    for day in {row.day for row in rows}:
        ledger.recount_day(day, whole=None)


@transaction.atomic
def _store_found(rows: Sequence[Missing], found: Mapping[str, Entry], today: date) -> None:
    Missing.objects.filter(pk__in=[row.pk for row in rows]).update(attempts=F("attempts") + 1)
    sent = set(
        Delivery.objects.filter(edition__day__in={row.day for row in rows}).values_list("edition__day", flat=True)
    )
    for day in {row.day for row in rows}:
        papers = [*_found_papers([row for row in rows if row.day == day], found)]
        store_papers(papers, day)
        if day in sent and day < today:
            # The letters of its day are gone: its readers find it in today's.
            store_papers(papers, today)
    _reject_unknown([row for row in rows if not _is_known(row, found)], found, today)


def _found_papers(rows: Sequence[Missing], found: Mapping[str, Entry]) -> Iterator[FetchedPaper]:
    for row in rows:
        entry = found.get(row.arxiv_id)
        if isinstance(entry, FetchedPaper) and _is_known(row, found):
            yield place_in_listing(entry, expand_codes(row.category))


def _is_known(row: Missing, found: Mapping[str, Entry]) -> bool:
    """An older version than the listing names is not what it announced."""
    entry = found.get(row.arxiv_id)
    return isinstance(entry, FetchedPaper) and (entry.version or 1) >= (row.version or 1)


def place_in_listing(entry: FetchedPaper, asked: frozenset[str]) -> FetchedPaper:
    """Return the paper as the listing that names it would have announced it."""
    first = (entry.version or 1) == 1
    section, kind = find_submission_section(entry.categories, "new" if first else "replace", asked)
    return replace(entry, section=section or entry.categories[0], kind=ANNOUNCEMENT_KINDS[kind], where=entry.arxiv_id)


def _reject_unknown(rows: Sequence[Missing], found: Mapping[str, Entry], today: date) -> None:
    for row in rows:
        entry = found.get(row.arxiv_id)
        if isinstance(entry, Malformed):
            reject([replace(entry, where=row.arxiv_id)], row.day, "arxiv", row.category)
        elif row.attempts + 1 >= MAX_REFETCH_ATTEMPTS and today - row.day >= GIVE_UP_AFTER:
            reject([Malformed(row.arxiv_id, UNKNOWN_REASON)], row.day, "arxiv", row.category)
    Missing.objects.filter(pk__in=[row.pk for row in rows]).update(last_error=UNKNOWN_REASON)
