"""Takes in what a source announces on a day. Reading a source twice, or again after a kill, changes nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice

from digest.papers import ledger
from digest.papers.rejections import note
from digest.papers.storing import store
from digest.records import Entry, FetchedPaper, Malformed, SourceUnavailable, Tick, silent

CHUNK = 500
"""Entries in one transaction. Reading them from the source happens before it begins."""


@dataclass(frozen=True, slots=True)
class IntakeReport:
    """Every entry is counted once: `entries` is `stored` + `known` + the number of `rejected`."""

    entries: int
    """What the source gave, the same paper in two listings counted twice."""
    stored: int
    """Papers that this run saw for the first time ever."""
    known: int
    """Entries about a paper that had been stored before, be it earlier in this run under another category."""
    rejected: tuple[Malformed, ...]


def take_in(entries: Iterable[Entry], day: date, source: str, tick: Tick = silent) -> IntakeReport:
    """Stores what was announced on *day*. When the source breaks off, what was read stays and the ledger says so."""
    total, stored = 0, 0
    rejected: list[Malformed] = []
    try:
        for chunk in _chunks(entries):
            total += len(chunk)
            stored += store([entry for entry in chunk if isinstance(entry, FetchedPaper)], day)
            malformed = [entry for entry in chunk if isinstance(entry, Malformed)]
            note(malformed, day, source)
            rejected += malformed
            tick(total, None)
    except SourceUnavailable as problem:
        ledger.recount(day, whole=False, note=str(problem))
        raise
    ledger.recount(day)
    return IntakeReport(total, stored, total - stored - len(rejected), tuple(rejected))


def _chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    stream = iter(entries)
    while chunk := list(islice(stream, CHUNK)):
        yield chunk
