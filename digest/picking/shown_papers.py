"""Who was shown which paper by letters of past editions: a list of readers for each paper, two bytes for each reader.

To plan a letter one must know which papers of the new edition its reader has seen. Few papers of an edition ever come
again, and only their lists are read: so planning costs the same after a year, whereas the letters of a reader grow by
one a day. Letters remain the truth. The lists of an edition are made of them once none of them can leave in time any
more, and again after one was changed all the same (`mark_changed`). Until then the letters are read one by one.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import NamedTuple

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from numpy.typing import NDArray

from digest.infra.insert_rows import insert_rows
from digest.models import Delivery, Edition, EditionEntry, ShownPaper
from digest.models.compact_json import Buffer, read_numbers, select_stored
from digest.picking.deadlines import is_in_time
from digest.picking.stored_picks import list_ranks

State = Delivery.State

# The states of a delivery whose papers the reader was sent, as far as anybody knows.
SENT_STATES = (State.ACCEPTED, State.UNCERTAIN)
# The states of a delivery whose papers the reader will see, unless it fails.
OPEN_STATES = (State.PENDING, State.CLAIMED, State.SUBMITTING)

# A list holds the last bits of reader ids, in order. What comes before them is the block.
BLOCK_BITS = 16
OFFSET_MASK = (1 << BLOCK_BITS) - 1
OFFSET = np.dtype("<u2")

# The clock's runs stop after so long, and the next one goes on: there are letters to send, too.
MAX_SECONDS = 120.0

ROWS_PER_QUERY = 500
LETTERS_PER_QUERY = 50


def find_unpacked(now: datetime) -> QuerySet[Edition]:
    """Return the editions whose lists are to be made, the newest first."""
    longest = timedelta(days=settings.KEEP_SEEN_PAPERS_DAYS)
    past = Edition.objects.filter(frozen_at__gt=now - longest, is_packed=False).exclude(is_in_time(now))
    open_letters = Delivery.objects.filter(edition=OuterRef("pk"), state__in=OPEN_STATES)
    return past.exclude(Exists(open_letters)).order_by("-day")


def pack_due(now: datetime, seconds: float = MAX_SECONDS) -> int:
    """Make the lists that are missing, for about so many seconds, and return of how many editions.

    Each is one transaction: it may be killed and run again.
    """
    end, packed = time.monotonic() + seconds, 0
    for edition in find_unpacked(now):
        if time.monotonic() > end:
            break
        packed += _make_lists(edition.id)
    return packed


def mark_changed(editions: QuerySet[Edition]) -> None:
    """Have the lists of *editions* made anew, as letters of theirs wait again or failed after all.

    Call it in the transaction that changes the letters.
    """
    editions.filter(is_packed=True).update(is_packed=False)


def erase_reader(subscriber_id: int) -> None:
    """Take a reader who is being deleted off all lists, while their letters still tell on which they are."""
    letters = Delivery.objects.filter(subscriber=subscriber_id).order_by("edition")
    # While they are locked, nobody makes lists of letters that were read before the deletion.
    list(Edition.objects.select_for_update().filter(id__in=letters.order_by().values("edition")).order_by("id"))
    block, offset = _locate_reader(subscriber_id)
    rows = list(letters.values_list("edition_id", "picks", "notices"))
    for start in range(0, len(rows), LETTERS_PER_QUERY):
        named = Q()
        for edition_id, picks, notices in rows[start : start + LETTERS_PER_QUERY]:
            named |= Q(entry__edition=edition_id, entry__rank__in={*list_ranks(picks), *notices})
        lists = list(ShownPaper.objects.filter(named, block=block))
        for each in lists:
            each.shown_to, each.told_to = _remove_reader(each.shown_to, offset), _remove_reader(each.told_to, offset)
        ShownPaper.objects.bulk_update(lists, ["shown_to", "told_to"], batch_size=ROWS_PER_QUERY)


def forget_notices(edition: Edition) -> None:
    """Forget whom letters told of changed papers, as these letters no longer say so either."""
    shown = _lists_of(edition.entries.values_list("id", flat=True))
    shown.filter(shown_to=b"").delete()
    shown.exclude(told_to=b"").update(told_to=b"")


def forget_editions(editions: QuerySet[Edition]) -> None:
    """Delete the lists of *editions*."""
    ShownPaper.objects.filter(entry__edition__in=editions.filter(is_packed=True)).delete()
    mark_changed(editions)


class ShownPapers(NamedTuple):
    """What the lists of some papers say of one block of readers: a line for each reader of each list, in order."""

    # Twice the last bits of the reader's id, and one more where the letter gave notice of the paper.
    lines: NDArray[np.uint32]
    # The number of each line's paper.
    numbers: NDArray[np.uint32]


class ShownPapersReader:
    """Reads the lists of some papers, a block of readers at a time, and keeps them for the block's next readers."""

    def __init__(self, numbers: Mapping[int, int]) -> None:
        """*numbers* are the caller's own for papers, by the id of their entry in an edition that has lists."""
        self._numbers = numbers
        self._blocks: dict[int, ShownPapers] = {}

    def find(self, readers: Iterable[int]) -> Iterator[tuple[int, list[int], list[int]]]:
        """Yield a reader, the numbers of the papers that letters showed and of those that they gave notice of.

        They are all that the lists tell of *readers*; who stands on none is left out.
        """
        for block, group in groupby(sorted(readers), key=lambda reader: reader >> BLOCK_BITS):
            ids = list(group)
            found = self._read(block)
            of_reader = (2 * (np.asarray(ids) & OFFSET_MASK)).astype(np.uint32)
            first, told, end = (np.searchsorted(found.lines, of_reader + kind).tolist() for kind in range(3))
            for reader, start, middle, stop in zip(ids, first, told, end, strict=True):
                if start < stop:
                    yield reader, found.numbers[start:middle].tolist(), found.numbers[middle:stop].tolist()

    def _read(self, block: int) -> ShownPapers:
        """Return what the lists say of a block. It takes a query for its first readers, and none for the others."""
        if block not in self._blocks:
            rows = ShownPaper.objects.filter(block=block, entry__id__any_of=list(self._numbers))
            self._blocks[block] = _join_lists(
                [
                    (readers, self._numbers[entry], is_notice)
                    for entry, shown_to, told_to in rows.values_list("entry_id", "shown_to", "told_to")
                    for readers, is_notice in ((shown_to, False), (told_to, True))
                ]
            )
        return self._blocks[block]


def _join_lists(lists: Sequence[tuple[Buffer, int, bool]]) -> ShownPapers:
    """Return lists of readers as one, in the order of readers. Each is of a paper's number, of notices or not."""
    lengths = [len(readers) // OFFSET.itemsize for readers, _number, _is_notice in lists]
    offsets = np.frombuffer(b"".join(readers for readers, _number, _is_notice in lists), OFFSET).astype(np.uint32)
    numbers = np.repeat(np.asarray([number for _readers, number, _is_notice in lists], np.uint32), lengths)
    are_notices = np.repeat(np.asarray([is_notice for _readers, _number, is_notice in lists], np.uint32), lengths)
    lines = 2 * offsets + are_notices
    order = np.argsort(lines, kind="stable")
    return ShownPapers(lines[order], numbers[order])


def _make_lists(edition_id: int) -> bool:
    """Make the lists of an edition anew. Return False if one of its letters waits again by now."""
    with transaction.atomic():
        # Whoever changes letters changes the edition too (`mark_changed`): afterwards the lists are made once more.
        Edition.objects.select_for_update().get(id=edition_id)
        if Delivery.objects.filter(edition=edition_id, state__in=OPEN_STATES).exists():
            return False
        entries = dict(EditionEntry.objects.filter(edition=edition_id).values_list("rank", "id"))
        _lists_of(entries.values()).delete()
        letters = Delivery.objects.filter(edition=edition_id, state__in=SENT_STATES, subscriber__isnull=False)
        rows = letters.order_by("subscriber_id").values_list(
            "subscriber_id", select_stored("picks"), select_stored("notices")
        )
        for block, letters_of_block in groupby(rows.iterator(), key=lambda row: row[0] >> BLOCK_BITS):
            readers, picks, notices = zip(*letters_of_block, strict=True)
            shown_to, told_to = _list_readers(readers, picks), _list_readers(readers, notices)
            insert_rows(
                ShownPaper,
                ("entry_id", "block", "shown_to", "told_to"),
                [
                    (entries[rank], block, shown_to.get(rank, b""), told_to.get(rank, b""))
                    for rank in sorted(shown_to.keys() | told_to.keys())
                    if rank in entries
                ],
                skips_existing=False,
            )
        Edition.objects.filter(id=edition_id).update(is_packed=True)
    return True


def _locate_reader(reader: int) -> tuple[int, int]:
    """Return the block of a reader, and what is left of the id in it."""
    return reader >> BLOCK_BITS, reader & OFFSET_MASK


def _lists_of(entries: Iterable[int]) -> QuerySet[ShownPaper]:
    """Return the lists of entries. Asked for those of an edition, PostgreSQL reads the lists of all editions."""
    return ShownPaper.objects.filter(entry__id__any_of=list(entries))


def _list_readers(readers: Sequence[int], stored: Sequence[Buffer]) -> dict[int, bytes]:
    """Return, by rank, the list of those readers whose stored picks or notices have it. The readers are in order."""
    ranks = [read_numbers(each) for each in stored]
    offsets = np.repeat(np.asarray(readers) & OFFSET_MASK, [len(each) for each in ranks]).astype(OFFSET)
    joined = np.concatenate(ranks)
    order = np.argsort(joined, kind="stable")
    found, starts = np.unique(joined[order], return_index=True)
    ends = pairwise([*starts.tolist(), len(joined)])
    return {rank: offsets[order[start:end]].tobytes() for rank, (start, end) in zip(found.tolist(), ends, strict=True)}


def _remove_reader(readers: Buffer, offset: int) -> bytes:
    """Return a list without one reader."""
    offsets = np.frombuffer(readers, OFFSET)
    return bytes(offsets[offsets != offset].tobytes())
