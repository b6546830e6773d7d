"""Brings in days gone by: OAI-PMH gives what changed around them, the API what was new on each. Either is enough.

A record that changed again since carries the later date only, so that OAI-PMH alone would have to go through everything
up to today; the API has no such gap. Therefore OAI-PMH is asked for the days themselves, and up to today only where the
API cannot be asked. A day that the API alone gave stays partial: OAI-PMH has its replacements, and is asked again.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from digest.dates import ONE_DAY
from digest.domain import Entry, FetchedPaper, Malformed, ProgressCallback, SourceUnavailable, no_progress
from digest.ingest import known_announcements, ledger
from digest.ingest.arxiv import ArxivSource
from digest.ingest.fetch import chunk_entries, ingest_entries
from digest.ingest.known_announcements import KnownAnnouncements
from digest.ingest.ledger import WHOLE_DAY, CategoryVerdict
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
    """Backfill the days from *first* to *last* that lie before today. Called again, it goes on where it stopped.

    *again*: also days that are complete. Raises Forbidden; other problems of arXiv are in the report.
    """
    arxiv = arxiv.limited_to(sets) if sets else arxiv
    past_count = (min(last, arxiv.today() - ONE_DAY) - first).days + 1
    past_days = (first + number * ONE_DAY for number in range(past_count))
    wanted = [day for day in past_days if again or not _is_complete(day, arxiv.scope)]
    report = BackfillReport(days=len(wanted), skipped=(last - first).days + 1 - len(wanted))
    for number, days in enumerate(_group_days(wanted)):
        _SpanBackfill(days, arxiv, records, sets, report).run()
        tick(min((number + 1) * DAYS_PER_REQUEST, len(wanted)), len(wanted))
    return report


def _is_complete(day: date, scope: Collection[str]) -> bool:
    states = dict(LedgerLine.objects.filter(day=day).values_list("category", "state"))
    if states.get(WHOLE_DAY) == "holiday":
        return True
    return all(states.get(category) in LedgerLine.SETTLED_STATES for category in scope)


def _group_days(days: Sequence[date]) -> Iterator[list[date]]:
    """Yield groups of days that lie within DAYS_PER_REQUEST days."""
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
    """The backfill of a few days that are asked for together."""

    days: list[date]
    arxiv: ArxivSource
    records: ArxivOai
    sets: Sequence[str]
    report: BackfillReport
    known: dict[date, KnownAnnouncements] = field(default_factory=dict)

    def run(self) -> None:
        is_harvested = self._harvest_records(self.days[-1] + RECENT_CHANGE)
        days_without_api = [day for day in self.days if not self._fetch_from_api(day)]
        if days_without_api and is_harvested:
            is_harvested = self._harvest_records(self.arxiv.today())
        for day in self.days:
            if day in days_without_api:
                self._record_oai_day(day, is_harvested=is_harvested)
            elif is_harvested:
                self._complete_api_day(day)

    def _harvest_records(self, until: date) -> bool:
        """Read what changed and return whether all of it was read."""
        entries = self.records.fetch_announcements(
            self.days[0], self.days[-1], self.sets, changed_until=min(until, self.arxiv.today())
        )
        try:
            for chunk in chunk_entries(entries):
                self._store_records(chunk)
        except Forbidden:
            raise
        except SourceUnavailable as problem:
            self.report.problems.append(str(problem))
            return False
        return True

    def _store_records(self, entries: Sequence[Entry]) -> None:
        for day in self.days:
            papers = [entry for entry in entries if isinstance(entry, FetchedPaper) and entry.day == day]
            unknown = [paper for paper in papers if not self._is_known_from_another_day(paper)]
            self.report.stored += store_papers(unknown, day).added
        record_rejections([entry for entry in entries if isinstance(entry, Malformed)], self.days[0], "arxiv-oai")

    def _is_known_from_another_day(self, paper: FetchedPaper) -> bool:
        """Return whether another day announced the paper: the day of a record is only an estimate."""
        if paper.day not in self.known:
            self.known[paper.day] = known_announcements.load_known_announcements(paper.day, or_later=True)
        known = self.known[paper.day]
        return known.knows(paper) or (paper.kind == "new" and paper.arxiv_id in known.papers)

    def _fetch_from_api(self, day: date) -> bool:
        """Store what the API says was new on *day* and return whether it could be asked."""
        try:
            self.report.stored += ingest_entries(self.arxiv.entries(day), day, self.arxiv.name).stored
        except Forbidden:
            raise
        except SourceUnavailable as problem:
            self.report.problems.append(f"{day}: {problem}")
            return False
        return True

    def _complete_api_day(self, day: date) -> None:
        """Mark as complete what only the API had given of *day*, because OAI-PMH has given what changed."""
        categories = ledger.find_api_only_categories(day, self.arxiv.scope)
        if not categories:
            return
        ledger.record_verdicts(day, dict.fromkeys(categories, CategoryVerdict("complete", NOTE_FROM_BOTH)), categories)
        ledger.recount_day(day, whole=None)

    def _record_oai_day(self, day: date, *, is_harvested: bool) -> None:
        """Record the verdict on a day that OAI-PMH alone gave."""
        if is_harvested:
            ledger.record_verdicts(
                day, dict.fromkeys(self.arxiv.scope, CategoryVerdict("complete", NOTE_FROM_OAI)), self.arxiv.scope
            )
        ledger.recount_day(day, whole=is_harvested)
