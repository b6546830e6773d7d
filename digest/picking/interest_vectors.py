"""Keeps what the papers of earlier days say of each filter: the mean of those that it matched, stored once per filter.

It is computed from the newest editions, and again after RENEW_AFTER, for everybody in the nightly preparation. Readers
who come in between get one of fewer editions at once, and the whole one at night. Rows that nobody's filter renews are
deleted by the retention. A filter is stored by a number alone, as its words are its reader's.
"""

import logging
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import blake2b
from itertools import islice

from django.db.models import QuerySet

from digest.domain import ProgressCallback, no_progress
from digest.editions.load import load_contents
from digest.editions.version_vectors import load_vectors
from digest.models import Edition, InterestVector
from digest.picking.letter_days import iterate_readers
from digest.ranking.matching.day_index import DayIndex
from digest.ranking.matching.inverted_index import iterate_ranks
from digest.ranking.personal.earlier_papers import MAX_PAPERS, average_vectors
from digest.ranking.text.paper_vector import VECTOR_FORMAT, PaperVector

log = logging.getLogger(__name__)

# So many editions before the day are looked at, and fewer where somebody waits for their letter: a second each.
EDITIONS, EDITIONS_AT_ONCE = 20, 5

RENEW_AFTER = timedelta(days=7)
KEEP_DAYS = 30

# Each block of filters reads the editions once.
FILTERS_PER_BLOCK = 50_000
ROWS_PER_QUERY = 5_000


def number_filter(text: str) -> int:
    """Return the number by which a filter is stored: 64 bits, as a signed integer."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def load_interests(filters: Collection[str]) -> dict[str, PaperVector]:
    """Return the stored vectors of filters; those without any, or with damaged bytes, are missing."""
    texts = {number_filter(text): text for text in filters}
    found = {}
    for numbers in _split_into_queries(sorted(texts)):
        rows = InterestVector.objects.filter(filter_number__any_of=numbers, format=VECTOR_FORMAT)
        for number, content in rows.values_list("filter_number", "content"):
            try:
                found[texts[number]] = PaperVector.from_bytes(bytes(content))
            except ValueError as error:
                log.warning("The stored vector of a filter is damaged: %s", error)
    return found


def fill_for_everyone(day: date, tick: ProgressCallback = no_progress) -> int:
    """Renew the vectors of the filters of all readers who get the edition of *day*.

    Return how many were old or missing. After a kill the same call goes on where it stopped.
    """
    done = 0
    old: set[str] = set()
    for readers in iterate_readers(day):
        old |= _find_old_or_missing({text for reader in readers for text in reader.filters}, day)
        if len(old) >= FILTERS_PER_BLOCK:
            done += _renew_vectors(old, day, EDITIONS)
            old = set()
            tick(done, None)
    return done + _renew_vectors(old, day, EDITIONS)


def fill_at_once(filters: Collection[str], day: date) -> int:
    """Store vectors of filters from few editions, where somebody waits; the next night makes whole ones of them."""
    return _renew_vectors(filters, day, EDITIONS_AT_ONCE)


def find_forgotten(now: datetime) -> QuerySet[InterestVector]:
    """Return the rows of filters that nobody has any more."""
    return InterestVector.objects.filter(renewed_on__lt=now.date() - timedelta(days=KEEP_DAYS))


def _find_old_or_missing(filters: Collection[str], day: date) -> set[str]:
    """Return those of *filters* whose vectors are not stored, or were renewed too long before *day*."""
    texts = {number_filter(text): text for text in filters}
    fresh: set[int] = set()
    for numbers in _split_into_queries(sorted(texts)):
        rows = InterestVector.objects.filter(filter_number__any_of=numbers, format=VECTOR_FORMAT)
        fresh.update(rows.filter(renewed_on__gt=day - RENEW_AFTER).values_list("filter_number", flat=True))
    return {text for number, text in texts.items() if number not in fresh}


def compute_interests(filters: Collection[str], day: date) -> Mapping[str, PaperVector]:
    """Return the vectors of filters as they were when *day* began, and store nothing: a second for each edition."""
    return _average_matches(filters, _find_earlier_editions(day, EDITIONS))


def _find_earlier_editions(day: date, most: int) -> list[Edition]:
    """Return the *most* newest editions before *day*, the newest first."""
    return list(Edition.objects.filter(day__lt=day, frozen_at__isnull=False).order_by("-day")[:most])


def _average_matches(filters: Collection[str], editions: Sequence[Edition]) -> Mapping[str, PaperVector]:
    """Return by filter the mean of the papers that it matches in *editions*; without terms if it matches none."""
    versions = _find_matches(sorted(filters), editions)
    vectors = load_vectors({version for found in versions.values() for version in found})
    return {text: average_vectors([vectors[version] for version in found]) for text, found in versions.items()}


def _renew_vectors(filters: Collection[str], day: date, most: int) -> int:
    """Store the vectors of *filters* from the *most* newest editions before *day*, and return of how many."""
    editions = _find_earlier_editions(day, most) if filters else []
    if not editions:
        return 0
    # What was computed from few editions is old sooner: once there may be half as many more, or tomorrow where somebody
    # waited. So a young installation does not read all editions for all filters every night.
    fresh_days = len(editions) // 2 if most == EDITIONS else 1
    renewed_on = day - RENEW_AFTER + min(RENEW_AFTER, timedelta(days=max(1, fresh_days)))
    rows = [
        InterestVector(
            filter_number=number_filter(text),
            format=VECTOR_FORMAT,
            content=vector.to_bytes(),
            renewed_on=renewed_on,
        )
        for text, vector in _average_matches(filters, editions).items()
    ]
    InterestVector.objects.bulk_create(
        rows,
        batch_size=ROWS_PER_QUERY,
        update_conflicts=True,
        update_fields=["format", "content", "renewed_on"],
        unique_fields=["filter_number"],
    )
    return len(rows)


def _find_matches(filters: Sequence[str], editions: Iterable[Edition]) -> Mapping[str, Sequence[int]]:
    """Return the versions that each filter matches in *editions*, in their order."""
    # Eight bytes a paper: a filter may match hundreds.
    found = {text: array("q") for text in filters}
    for edition in editions:
        index = DayIndex(load_contents(edition).papers)
        for text, versions in found.items():
            if len(versions) < MAX_PAPERS and (bits := index.match(text).bits):
                ranks = islice(iterate_ranks(bits), MAX_PAPERS - len(versions))
                versions.extend(index.papers[rank].version_id for rank in ranks)
    return found


def _split_into_queries(numbers: Sequence[int]) -> Iterable[Sequence[int]]:
    return (numbers[start : start + ROWS_PER_QUERY] for start in range(0, len(numbers), ROWS_PER_QUERY))
