"""Stores what a source announces on a day. Reading a source twice, or again after a kill, changes nothing."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from digest.domain import Entry, FetchedPaper, Malformed, ProgressCallback, SourceUnavailable, no_progress
from digest.ingest import ledger
from digest.ingest.rejections import record_rejections
from digest.ingest.store_papers import store_papers

# Entries in one transaction. Reading them from the source happens before it begins.
ENTRIES_PER_TRANSACTION = 500


@dataclass(frozen=True, slots=True)
class IntakeReport:
    """Counts of entries, each counted once: `entries` is `stored` + `known` + the number of `rejected`.

    Else something was lost: `entries` are counted as they come in, `stored` and `known` as they are found in the
    tables.
    """

    # What the source gave, the same paper in two listings counted twice.
    entries: int
    # Papers that this run saw for the first time ever.
    stored: int
    # Entries, stored as well, about a paper that was there before, be it under another category in this run.
    known: int
    rejected: tuple[Malformed, ...]


def ingest_entries(
    entries: Iterable[Entry], day: date, source: str, tick: ProgressCallback = no_progress
) -> IntakeReport:
    """Store what was announced on *day* and return counts.

    Raises SourceUnavailable when the source breaks off: what was read before stays, and the ledger says so.
    """
    total, added, announced = 0, 0, 0
    named = NamedAnnouncements()
    rejected: list[Malformed] = []
    try:
        for chunk in chunk_entries(entries):
            total += len(chunk)
            papers = [entry for entry in chunk if isinstance(entry, FetchedPaper)]
            named.add(papers)
            counts = store_papers(papers, day)
            added, announced = added + counts.added, announced + counts.announced
            malformed = [entry for entry in chunk if isinstance(entry, Malformed)]
            record_rejections(malformed, day, source)
            rejected += malformed
            tick(total, None)
    except SourceUnavailable as problem:
        ledger.recount_day(day, whole=False, note=str(problem), named=named.count_by_category())
        raise
    ledger.recount_day(day, named=named.count_by_category())
    return IntakeReport(total, added, announced - added, tuple(rejected))


@dataclass
class NamedAnnouncements:
    """The announcements that a source gave, by category, each once: counted before anything is stored."""

    versions: dict[tuple[str, str], set[int | None]] = field(default_factory=dict)

    def add(self, papers: Iterable[FetchedPaper]) -> None:
        for paper in papers:
            self.versions.setdefault((paper.announced_in, paper.arxiv_id), set()).add(paper.version)

    def count_by_category(self) -> Counter[str]:
        """Return how many were named. An entry without a version may be about any of the versions named."""
        found = Counter[str]()
        for (category, _arxiv_id), versions in self.versions.items():
            found[category] += len(versions - {None}) or 1
        return found


def chunk_entries(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Yield the entries in lists of ENTRIES_PER_TRANSACTION, each as soon as it is full."""
    stream = iter(entries)
    while chunk := list(islice(stream, ENTRIES_PER_TRANSACTION)):
        yield chunk
