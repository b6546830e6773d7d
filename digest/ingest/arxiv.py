"""Reads a day at arXiv: today's listings say what was announced, the API says the rest. Either is enough.

    listings: papers that they name for the first time ─┐
    API, by the time of submission ─────────────────────┼─ one entry per paper and category
    API, by ids: papers held back, replaced or unread ──┘

Past days have no listings: of them the API gives the papers that were new. What the API alone gives is partial, without
cross-lists and replacements.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import date

from digest.domain import Entry, FetchedPaper, Malformed, ProgressCallback, SourceUnavailable, no_progress
from digest.ingest import known_announcements, ledger, missing_papers, refetch_missing
from digest.ingest.arxiv_holidays import is_without_listing, may_be_silent
from digest.ingest.arxiv_listings import MergedListings, merge_listings, parse_entry_id
from digest.ingest.known_announcements import KnownAnnouncements
from digest.ingest.ledger import NOTE_FROM_API, WHOLE_DAY, CategoryVerdict
from digest.models import Announcement
from digest.sources.arxiv.api import ArxivApi
from digest.sources.arxiv.rss import ArxivRss
from digest.sources.arxiv.sections import ARCHIVES, expand_codes
from subscriptions.taxonomy.categories import is_archive

ALL_CATEGORIES = frozenset(code for archive in ARCHIVES for code in expand_codes(archive))
NOTE_DATES_FOLLOW = "From the listing alone: dates and comments follow."
NOTE_STALE = "Its listing still shows papers of earlier days."
NOTE_UNREADABLE = "Neither its listing nor the API could be read."
NOTE_NOT_YET = "Nothing new is announced yet."
NOTE_NOTHING = "arXiv has nothing of this day that is not known already."


@dataclass(frozen=True)
class ArxivSource:
    """A Source that knows what earlier days announced, and records in the ledger what it found of each category."""

    rss: ArxivRss
    api: ArxivApi
    _: KW_ONLY
    today: Callable[[], date]
    tick: ProgressCallback = no_progress
    # The categories that are asked for.
    scope: frozenset[str] = ALL_CATEGORIES
    # False for a dry run, which leaves no trace.
    writes_ledger: bool = True

    name = "arxiv"

    def entries(self, day: date) -> Iterator[Entry]:
        """Yield what arXiv announced on *day*, each paper once per category.

        Raises SourceUnavailable when neither the listings nor the API can be read, after the whole pages before it.
        """
        is_past = day < self.today()
        earlier = known_announcements.load_known_announcements(day, or_later=is_past)
        # arXiv lists no day but today.
        listings = MergedListings() if is_past else merge_listings(self.rss.fetch_listings(day), earlier, self.tick)
        if self.writes_ledger:
            missing_papers.record_missing(day, listings.unread.values())
        merger = _EntryMerger(self.api, day, listings, earlier, is_past=is_past)
        yield from merger.merge_entries()
        if merger.api_problem and not listings.complete_categories:
            raise SourceUnavailable(_join_reasons(listings.problem, merger.api_problem))
        if self.writes_ledger:
            ledger.record_verdicts(day, judge_categories(day, listings, merger, self.scope), self.scope)

    def recover(self, day: date) -> None:
        """Ask once more for what runs of *day* and of the days before missed."""
        refetch_missing.refetch_missing_papers(self.api, day)

    def with_progress(self, tick: ProgressCallback) -> "ArxivSource":
        return replace(self, tick=tick)

    def limited_to(self, sets: Sequence[str]) -> "ArxivSource":
        """Return a source that asks for some archives or categories only. For past days."""
        api = replace(self.api, categories=tuple(f"{name}.*" if is_archive(name) else name for name in sets))
        return replace(self, api=api, scope=expand_codes("+".join(sets)))

    def without_ledger(self) -> "ArxivSource":
        return replace(self, writes_ledger=False)


@dataclass
class _EntryMerger:
    """Merges what the listings name and what the API knows, each paper once."""

    api: ArxivApi
    day: date
    listings: MergedListings
    earlier: KnownAnnouncements
    _: KW_ONLY
    is_past: bool
    # Why the API is of no use.
    api_problem: str = ""
    # Whether the API was asked for what was submitted.
    has_asked_api: bool = False
    # How many papers the API gave.
    given_by_api: int = 0
    # By arXiv id: papers of the listings that the API has not given yet.
    awaited: dict[str, list[FetchedPaper]] = field(default_factory=dict)

    def merge_entries(self) -> Iterator[Entry]:
        self.awaited = dict(self.listings.fresh)
        yield from self.listings.malformed
        try:
            yield from self._fetch_submissions()
            if not self.api_problem:
                yield from self._fetch_by_ids()
        except SourceUnavailable as problem:
            # What the listings say is still good; after a refusal (403) nothing more is asked.
            self.api_problem = str(problem)
        for papers in self.awaited.values():
            yield from papers

    def _fetch_submissions(self) -> Iterator[Entry]:
        window = known_announcements.submission_window(self.day, gapless=not self.is_past)
        if window is None or (self.is_past and is_without_listing(self.day)):
            return
        self.has_asked_api = True
        for entry in self.api.fetch_submissions(window, self.day):
            yield from self._merge_entry(entry)
        awaits_new = any(paper.kind == "new" for papers in self.awaited.values() for paper in papers)
        if awaits_new and not self.given_by_api:
            # The API knows none of them: asking for them one by one is of no use.
            self.api_problem = "arXiv's API does not know today's papers yet."

    def _fetch_by_ids(self) -> Iterator[Entry]:
        complete = known_announcements.find_complete_versions(self.day)
        incomplete = [
            arxiv_id
            for arxiv_id, papers in self.awaited.items()
            if any((arxiv_id, paper.version) not in complete for paper in papers)
        ]
        for _batch, entries in self.api.fetch_by_ids([*incomplete, *self.listings.unread], self.day):
            for entry in entries:
                yield from self._merge_entry(entry)

    def _merge_entry(self, entry: Entry) -> Iterator[Entry]:
        """Yield an entry of the API as the listings announce it."""
        if isinstance(entry, Malformed):
            arxiv_id = parse_entry_id(entry)
            # A paper that the listings name is taken from there, or is missing.
            if not any(arxiv_id in ids for ids in (self.awaited, self.listings.unread, self.earlier.papers)):
                yield replace(entry, where=arxiv_id or entry.where)
        elif listed := self.awaited.pop(entry.arxiv_id, None):
            self.given_by_api += 1
            yield from (_merge_paper(paper, entry) for paper in listed)
        elif unread := self.listings.unread.pop(entry.arxiv_id, None):
            if (entry.version or 1) >= (unread.paper.version or 1):
                self.given_by_api += 1
                yield refetch_missing.place_in_listing(entry, unread.categories)
        elif entry.arxiv_id not in self.earlier.papers:
            self.given_by_api += 1
            yield entry


def _merge_paper(listed: FetchedPaper, known: FetchedPaper) -> FetchedPaper:
    """Return the API's text if it is about the version announced; otherwise the listing's, with the first date."""
    if listed.version in (None, known.version):
        return replace(known, kind=listed.kind, section=listed.section, where=listed.where)
    return replace(listed, published=known.published)


def judge_categories(
    day: date, listings: MergedListings, merger: _EntryMerger, scope: frozenset[str]
) -> dict[str, CategoryVerdict]:
    """Return the verdict on each category, or on the day as a whole where nothing is announced at all."""
    is_api_read = merger.has_asked_api and not merger.api_problem
    if not (merger.given_by_api or listings.fresh or Announcement.objects.filter(day=day).exists()):
        if may_be_silent(day):
            return {WHOLE_DAY: CategoryVerdict("holiday")}
        # A day gone by on which arXiv announced nothing although the calendar knows of no holiday.
        is_over = merger.is_past and is_api_read
        return {
            WHOLE_DAY: CategoryVerdict("holiday", NOTE_NOTHING) if is_over else CategoryVerdict("open", NOTE_NOT_YET)
        }
    verdicts = {
        category: _judge_category(category, listings, merger.api_problem, is_api_read=is_api_read)
        for category in scope | listings.complete_categories
    }
    # Read whole by an earlier run of the day, and not by this one.
    read_before = ledger.find_listed_categories(day) & scope
    read_before -= listings.complete_categories | listings.stale_categories
    return verdicts | dict.fromkeys(read_before, CategoryVerdict("complete"))


def _judge_category(category: str, listings: MergedListings, api_problem: str, *, is_api_read: bool) -> CategoryVerdict:
    """Return the verdict on a category. Without its listing it is partial, whatever the API gave."""
    if category in listings.stale_categories:
        return CategoryVerdict("stale", NOTE_STALE)
    if category in listings.complete_categories:
        return CategoryVerdict("complete", "" if is_api_read else _join_reasons(NOTE_DATES_FOLLOW, api_problem))
    if is_api_read:
        return CategoryVerdict("partial", _join_reasons(NOTE_FROM_API, listings.problem))
    return CategoryVerdict("partial", _join_reasons(NOTE_UNREADABLE, listings.problem, api_problem))


def _join_reasons(*parts: str) -> str:
    return " ".join(filter(None, parts))
