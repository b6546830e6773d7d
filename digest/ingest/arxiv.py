"""arXiv through its doors: today's listings say what was announced, the API says the rest. Either is enough.

    listings ─ what is named for the first time ┐
    API, by the time of submission ─────────────┼─ one entry per paper and category
    API, by ids: held back, replaced, unread ───┘

Past days have no listings: of them the API gives the papers that were new. What is known from the API alone is partial:
no cross-list and no replacement is in it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import date

from digest.domain import Entry, FetchedPaper, Malformed, ProgressCallback, SourceUnavailable, no_progress
from digest.ingest import arxiv_listings, known_announcements, ledger, missing_papers, refetch_missing
from digest.ingest.arxiv_holidays import is_without_listing, may_be_silent
from digest.ingest.arxiv_listings import MergedListings, parse_entry_id
from digest.ingest.known_announcements import KnownAnnouncements
from digest.ingest.ledger import NOTE_FROM_API, WHOLE_DAY, Verdict
from digest.sources.arxiv.api import ArxivApi
from digest.sources.arxiv.rss import ArxivRss
from digest.sources.arxiv.sections import ARCHIVES, expand_codes
from subscriptions.taxonomy.categories import is_archive

ALL_CATEGORIES = frozenset(code for archive in ARCHIVES for code in expand_codes(archive))
NOTE_DATES_FOLLOW = "From the listing alone: dates and comments follow."
NOTE_STALE = "Its listing still shows papers of earlier days."
NOTE_UNREADABLE = "Neither its listing nor the API could be read."
NOTE_NOT_YET = "Nothing new is announced yet."


@dataclass(frozen=True)
class ArxivSource:
    """A Source that knows what earlier days announced, and that tells the ledger what it found of each category."""

    rss: ArxivRss
    api: ArxivApi
    _: KW_ONLY
    today: Callable[[], date]
    tick: ProgressCallback = no_progress
    # The categories that are asked for.
    scope: frozenset[str] = ALL_CATEGORIES
    # Whether the ledger is told. A dry run leaves no trace.
    notes: bool = True

    name = "arxiv"

    def entries(self, day: date) -> Iterator[Entry]:
        """SourceUnavailable when neither door opens, after the whole pages before it."""
        past = day < self.today()
        earlier = known_announcements.load_known_announcements(day, or_later=past)
        board = self._board(day, earlier)
        if self.notes:
            missing_papers.record_missing(day, board.unread.values())
        gathering = _Merger(self.api, day, board, earlier, gapless=not past)
        yield from gathering.entries()
        if gathering.problem and not board.whole:
            raise SourceUnavailable(" ".join(filter(None, (board.problem, gathering.problem))))
        if self.notes:
            ledger.record_verdicts(day, judge_categories(day, board, gathering, self.scope), self.scope)

    def recover(self, day: date) -> None:
        """Ask once more for what runs of *day* and of the days before missed."""
        refetch_missing.refetch_missing_papers(self.api, day)

    def watched(self, tick: ProgressCallback) -> "ArxivSource":
        return replace(self, tick=tick)

    def limited(self, sets: Sequence[str]) -> "ArxivSource":
        """Asks for some archives or categories only. For past days."""
        api = replace(self.api, categories=tuple(f"{name}.*" if is_archive(name) else name for name in sets))
        return replace(self, api=api, scope=expand_codes("+".join(sets)))

    def only_reading(self) -> "ArxivSource":
        return replace(self, notes=False)

    def _board(self, day: date, earlier: KnownAnnouncements) -> MergedListings:
        """Return the merged listings; empty for past days, because arXiv lists none but today."""
        if day < self.today():
            return MergedListings()
        return arxiv_listings.merge_listings(self.rss.fetch_listings(day), earlier, self.tick)


@dataclass
class _Merger:
    """Puts what the listings name and what the API knows together, each paper once."""

    api: ArxivApi
    day: date
    board: MergedListings
    earlier: KnownAnnouncements
    gapless: bool
    # Why the API is of no use.
    problem: str = ""
    asked: bool = False
    given: int = 0
    waiting: dict[str, list[FetchedPaper]] = field(default_factory=dict)

    def entries(self) -> Iterator[Entry]:
        self.waiting = dict(self.board.named)
        yield from self.board.malformed
        for stage in (self._submitted, self._by_ids):
            try:
                yield from stage()
            except SourceUnavailable as problem:
                # What the listings say is still good; after a refusal (403) nothing more is asked.
                self.problem = str(problem)
                break
        for listed in self.waiting.values():
            yield from listed

    def _submitted(self) -> Iterator[Entry]:
        span = known_announcements.submission_window(self.day, gapless=self.gapless)
        if span is None or (not self.gapless and is_without_listing(self.day)):
            return
        self.asked = True
        for entry in self.api.fetch_submissions(span, self.day):
            yield from self._matched(entry)
        if self._is_late():
            self.problem = "arXiv's API does not know today's papers yet."

    def _is_late(self) -> bool:
        """It knows not one of the new papers that the listings name: it is of no use to ask for them one by one."""
        return not self.given and any(paper.kind == "new" for listed in self.waiting.values() for paper in listed)

    def _by_ids(self) -> Iterator[Entry]:
        if self.problem:
            return
        done = known_announcements.find_complete_versions(self.day)
        ids = [
            *(id for id, listed in self.waiting.items() if any((id, paper.version) not in done for paper in listed)),
            *self.board.unread,
        ]
        for _batch, found in self.api.fetch_by_ids(ids, self.day):
            for entry in found:
                yield from self._matched(entry)

    def _matched(self, entry: Entry) -> Iterator[Entry]:
        """Yield what the API knows of a paper, as the listings announce it."""
        if isinstance(entry, Malformed):
            yield from self._unreadable(entry)
        elif listed := self.waiting.pop(entry.arxiv_id, None):
            self.given += 1
            yield from (_merge_paper(paper, entry) for paper in listed)
        elif unread := self.board.unread.pop(entry.arxiv_id, None):
            if (entry.version or 1) >= (unread.paper.version or 1):
                self.given += 1
                yield refetch_missing.place_in_listing(entry, unread.codes)
        elif entry.arxiv_id not in self.earlier.papers:
            self.given += 1
            yield entry

    def _unreadable(self, entry: Malformed) -> Iterator[Entry]:
        """A paper that the listings tell of is taken from there, or is missing."""
        arxiv_id = parse_entry_id(entry)
        if arxiv_id not in self.waiting and arxiv_id not in self.board.unread and arxiv_id not in self.earlier.papers:
            yield replace(entry, where=arxiv_id or entry.where)


def _merge_paper(listed: FetchedPaper, known: FetchedPaper) -> FetchedPaper:
    """The API's words where they are about the version announced; of another version only when it began."""
    if listed.version in (None, known.version):
        return replace(known, kind=listed.kind, section=listed.section, where=listed.where)
    return replace(listed, published=known.published)


def judge_categories(day: date, board: MergedListings, gathering: _Merger, scope: frozenset[str]) -> dict[str, Verdict]:
    """Return the verdict on each category, or on the day as a whole where nothing is announced at all."""
    if not (gathering.given or board.named or known_announcements.has_announcements(day)):
        silence = Verdict("holiday") if may_be_silent(day) else Verdict("open", NOTE_NOT_YET)
        return {WHOLE_DAY: silence}
    by_api = gathering.asked and not gathering.problem
    listed = (ledger.find_listed_categories(day) & scope) - board.whole - board.stale
    said = {
        category: _judge_category(category, board, gathering.problem, by_api=by_api) for category in scope | board.whole
    }
    return said | dict.fromkeys(listed, Verdict("complete"))


def _judge_category(category: str, board: MergedListings, problem: str, *, by_api: bool) -> Verdict:
    """*problem*: why the API is of no use. Without its listing a category is partial, whatever the API gave."""
    if category in board.stale:
        return Verdict("stale", NOTE_STALE)
    if category in board.whole:
        return Verdict("complete", "" if by_api else _join_reasons(NOTE_DATES_FOLLOW, problem))
    if by_api:
        return Verdict("partial", _join_reasons(NOTE_FROM_API, board.problem))
    return Verdict("partial", _join_reasons(NOTE_UNREADABLE, board.problem, problem))


def _join_reasons(*parts: str) -> str:
    return " ".join(filter(None, parts))
