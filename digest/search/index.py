"""Keeps the index for searches up to date: adds the versions that it lacks, block by block, whoever stored them.

Each chunk is a transaction of its own: after a kill the same call goes on where it stopped. An index of an old database
is filled by the same call.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from digest.domain import ProgressCallback, no_progress
from digest.models import SearchBlock, SearchTerm, Version
from digest.ranking.search.paper_terms import PLACES_PER_PAPER, SearchedText, list_terms
from digest.ranking.search.stems import stem

VERSIONS_PER_BLOCK = 8192
# In memory at once.
VERSIONS_PER_CHUNK = 2048
ROWS_PER_QUERY = 5000

# Of the two bytes of a version.
REPLACED = 1 << 15
MAX_LENGTH = REPLACED - 1

# Two bytes a version, see SearchBlock.
Lengths = NDArray[np.uint16]


def index_versions(limit: int | None = None, tick: ProgressCallback = no_progress) -> int:
    """Add the versions that the index lacks, and return how many were added: the newest *limit* of them."""
    unindexed = find_unindexed()
    if limit is not None:
        unindexed = unindexed[-limit:]
    for done in _index_blocks(unindexed):
        tick(done, len(unindexed))
    return len(unindexed)


def find_unindexed() -> list[int]:
    """Return the versions that are not in the index, ascending."""
    known = {block.number: _read_lengths(block.lengths) for block in SearchBlock.objects.all()}
    found = Version.objects.order_by("pk").values_list("pk", flat=True)
    return [pk for pk in found.iterator() if not _length_of(pk, known)]


def _length_of(pk: int, known: dict[int, Lengths]) -> int:
    """Return the length of a version in the index; 0 if it is not there."""
    block, place = divmod(pk, VERSIONS_PER_BLOCK)
    return int(known[block][place]) if block in known else 0


def _index_blocks(unindexed: Sequence[int]) -> Iterator[int]:
    """Add versions, and yield after each chunk how many are done."""
    by_block: defaultdict[int, list[int]] = defaultdict(list)
    for pk in unindexed:
        by_block[pk // VERSIONS_PER_BLOCK].append(pk)
    done = 0
    for block, pks in by_block.items():
        for start in range(0, len(pks), VERSIONS_PER_CHUNK):
            chunk = pks[start : start + VERSIONS_PER_CHUNK]
            _index_chunk(block, chunk)
            done += len(chunk)
            yield done


def _index_chunk(block: int, pks: Sequence[int]) -> None:
    """Add some versions of one block, in one transaction; those that another process added meanwhile stay."""
    versions = Version.objects.filter(pk__in=pks).values_list(
        "pk", "title", "abstract", "authors", "categories", "comment", "journal_ref"
    )
    # Before the transaction, as on SQLite nobody else can write during it.
    terms = {pk: list_terms(SearchedText(*fields)) for pk, *fields in versions.order_by("pk")}
    with transaction.atomic():
        SearchBlock.objects.get_or_create(number=block, defaults={"lengths": bytes(2 * VERSIONS_PER_BLOCK)})
        # Locked, so that two processes that index at once wait for each other.
        row = SearchBlock.objects.select_for_update().get(number=block)
        lengths = _read_lengths(row.lengths)
        found: defaultdict[str, list[int]] = defaultdict(list)
        for pk, each in terms.items():
            place = pk % VERSIONS_PER_BLOCK
            if lengths[place]:
                continue  # the other process was faster
            lengths[place] = min(each.length, MAX_LENGTH)
            for term, places in each.places.items():
                found[term] += [place * PLACES_PER_PAPER + at for at in places]
        _add_postings(block, found)
        row.lengths = lengths.tobytes()
        row.save(update_fields=["lengths"])
        _mark_replaced(pks)


def _add_postings(block: int, found: dict[str, list[int]]) -> None:
    """Add postings to those that a block has of each term."""
    terms = sorted(found)
    for start in range(0, len(terms), ROWS_PER_QUERY):
        added = {term.encode(): np.array(found[term], "<u4") for term in terms[start : start + ROWS_PER_QUERY]}
        stored = SearchTerm.objects.filter(block=block, term__in=list(added)).values_list("term", "postings")
        for term, postings in stored:
            both = np.concatenate((np.frombuffer(bytes(postings), "<u4"), added[bytes(term)]))
            added[bytes(term)] = np.sort(both)
        SearchTerm.objects.bulk_create(
            [
                SearchTerm(block=block, term=term, stem=_stem_of(term), postings=postings.tobytes())
                for term, postings in added.items()
            ],
            update_conflicts=True,
            unique_fields=["term", "block"],
            update_fields=["postings"],
        )


def _stem_of(term: bytes) -> bytes:
    """Return the stem of a word; empty for a term of a field, which begins with a name and a colon."""
    return b"" if b":" in term else stem(term.decode()).encode()


def _mark_replaced(pks: Sequence[int]) -> None:
    """Mark all versions but the newest one of the papers that *pks* are versions of: searches find only this."""
    papers = Version.objects.filter(pk__in=pks).values("paper")
    versions: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for paper, number, pk in Version.objects.filter(paper__in=papers).values_list("paper_id", "number", "pk"):
        versions[paper].append((number, pk))
    replaced = sorted(pk for each in versions.values() for _, pk in sorted(each)[:-1])
    blocks = SearchBlock.objects.select_for_update().filter(number__in={pk // VERSIONS_PER_BLOCK for pk in replaced})
    for block in blocks.order_by("number"):
        lengths = _read_lengths(block.lengths)
        places = _places_in(block.number, replaced)
        # A version that is not in the index yet is marked when it is added.
        lengths[places[lengths[places] > 0]] |= REPLACED
        block.lengths = lengths.tobytes()
        block.save(update_fields=["lengths"])


def _places_in(block: int, pks: Collection[int]) -> NDArray[np.int64]:
    """Return the places of those of *pks* that are in the block."""
    return np.array([pk % VERSIONS_PER_BLOCK for pk in pks if pk // VERSIONS_PER_BLOCK == block], np.int64)


def _read_lengths(stored: bytes | memoryview) -> Lengths:
    return np.frombuffer(bytes(stored), "<u2").astype(np.uint16)
