"""Days and months gone by: OAI-PMH gives what changed around them, the API what was new on each. Either is enough.

A record that changed again since carries the later date only, so that OAI-PMH alone would have to go through everything
up to today; the API has no such gap. Therefore OAI-PMH is asked for the days themselves, and up to today only where the
API cannot be asked. A day that the API alone gave stays partial: OAI-PMH has its replacements, and is asked again.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice

from digest.dates import ONE_DAY
from digest.domain import Entry, FetchedPaper, Malformed, ProgressCallback, SourceUnavailable, no_progress
from digest.ingest import known_announcements, ledger
from digest.ingest.arxiv import ArxivSource
from digest.ingest.fetch import ENTRIES_PER_TRANSACTION, ingest_entries
from digest.ingest.known_announcements import KnownAnnouncements
from digest.ingest.ledger import WHOLE_DAY, Verdict
from digest.ingest.rejections import record_rejections
from digest.ingest.store_papers import store_papers
from digest.models import LedgerLine
from digest.sources.arxiv.oai import ArxivOai
from digest.sources.http.client import Forbidden

# Days that are asked for together. After a kill, no more than these are asked for again.
DAYS_PER_REQUEST = 7
RECENT_CHANGE = timedelta(days=2)
NOTE_FROM_OAI = "From OAI-PMH: days are told from the times of submission."
NOTE_FROM_BOTH = "From the API and OAI-PMH: what changed again since then is not known."


@dataclass
class BackfillReport:
    days: int = 0
    # Days that were complete before.
    skipped: int = 0
    stored: int = 0
    problems: list[str] = field(default_factory=list)


def backfill_papers(
    first: date,
    last: date,
    arxiv: ArxivSource,
    records: ArxivOai,
    sets: Sequence[str] = (),
    *,
    again: bool = False,
    tick: ProgressCallback = no_progress,
) -> BackfillReport:
    """Backfill from *first* to *last*, both before today. Called again, it goes on where it stopped."""
    arxiv = arxiv.limited(sets) if sets else arxiv
    wanted = [
        day
        for day in _listing_days(first, min(last, arxiv.today() - ONE_DAY))
        if again or not _is_done(day, arxiv.scope)
    ]
    done = BackfillReport(days=len(wanted), skipped=(last - first).days + 1 - len(wanted))
    for number, days in enumerate(_group_days(wanted)):
        _SpanBackfill(days, arxiv, records, sets, done).read()
        tick(min((number + 1) * DAYS_PER_REQUEST, len(wanted)), len(wanted))
    return done


def _listing_days(first: date, last: date) -> list[date]:
    return [first + number * ONE_DAY for number in range((last - first).days + 1)]


def _is_done(day: date, scope: Collection[str]) -> bool:
    states = dict(LedgerLine.objects.filter(day=day).values_list("category", "state"))
    if states.get(WHOLE_DAY) == "holiday":
        return True
    return all(states.get(category) in LedgerLine.SETTLED_STATES for category in scope)


def _group_days(days: Sequence[date]) -> Iterator[list[date]]:
    """Days that are close to each other, some at a time."""
    span: list[date] = []
    for day in days:
        if span and (day - span[0]).days >= DAYS_PER_REQUEST:
            yield span
            span = []
        span.append(day)
    if span:
        yield span


@dataclass
class _SpanBackfill:
    days: list[date]
    arxiv: ArxivSource
    records: ArxivOai
    sets: Sequence[str]
    done: BackfillReport
    known: dict[date, KnownAnnouncements] = field(default_factory=dict)

    def read(self) -> None:
        whole = self._harvest(self.days[-1] + RECENT_CHANGE)
        closed = [day for day in self.days if not self._ask_api(day)]
        if closed and whole:
            whole = self._harvest(self.arxiv.today())
        for day in self.days:
            if day in closed:
                self._close(day, whole=whole)
            elif whole:
                self._complete(day)

    def _harvest(self, until: date) -> bool:
        """Read what changed and return whether all of it was read."""
        entries = self.records.fetch_announcements(
            self.days[0], self.days[-1], self.sets, changed_until=min(until, self.arxiv.today())
        )
        try:
            for chunk in _chunks(entries):
                self._take(chunk)
        except Forbidden:
            raise
        except SourceUnavailable as problem:
            self.done.problems.append(str(problem))
            return False
        return True

    def _take(self, entries: Sequence[Entry]) -> None:
        for day in self.days:
            papers = [entry for entry in entries if isinstance(entry, FetchedPaper) and entry.day == day]
            self.done.stored += store_papers([paper for paper in papers if not self._came_elsewhen(paper)], day).added
        record_rejections([entry for entry in entries if isinstance(entry, Malformed)], self.days[0], "arxiv-oai")

    def _came_elsewhen(self, paper: FetchedPaper) -> bool:
        """A record's day is an estimate; what a listing announced on another day was announced then."""
        if paper.day not in self.known:
            self.known[paper.day] = known_announcements.load_known_announcements(paper.day, or_later=True)
        known = self.known[paper.day]
        return known.knows(paper) or (paper.kind == "new" and paper.arxiv_id in known.papers)

    def _ask_api(self, day: date) -> bool:
        try:
            self.done.stored += ingest_entries(self.arxiv.entries(day), day, self.arxiv.name).stored
        except Forbidden:
            raise
        except SourceUnavailable as problem:
            self.done.problems.append(f"{day}: {problem}")
            return False
        return True

    def _complete(self, day: date) -> None:
        """Mark a day of the API alone as whole where OAI-PMH told what has changed."""
        categories = ledger.find_api_only_categories(day, self.arxiv.scope)
        if not categories:
            return
        ledger.record_verdicts(day, dict.fromkeys(categories, Verdict("complete", NOTE_FROM_BOTH)), categories)
        ledger.recount_day(day, whole=None)

    def _close(self, day: date, *, whole: bool) -> None:
        if whole:
            ledger.record_verdicts(
                day, dict.fromkeys(self.arxiv.scope, Verdict("complete", NOTE_FROM_OAI)), self.arxiv.scope
            )
        ledger.recount_day(day, whole=whole)


def _chunks(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    stream = iter(entries)
    while chunk := list(islice(stream, ENTRIES_PER_TRANSACTION)):
        yield chunk
