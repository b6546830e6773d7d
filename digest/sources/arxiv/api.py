"""arXiv's query API: the papers that were sent in during the window that a day's listing announces.

The `arxiv` package words the query and turns the pages. It has no time limits, ignores Retry-After, and takes an HTML
page for an empty result and a torn one for the end; therefore our own client fetches and our own reader reads.
"""

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import arxiv
from arxiv._feed import FeedHeader, ParsedFeed

from digest.domain import Entry, FetchedPaper, SourceUnavailable
from digest.sources.arxiv import atom
from digest.sources.arxiv.atom import AtomFeed
from digest.sources.http.client import (
    POLITE,
    HttpAnswer,
    PoliteClient,
    Politeness,
    Refused,
    RequestLock,
    TryAgain,
    user_agent,
)

EASTERN = ZoneInfo("America/New_York")
# Submissions received by then are announced at 20:00 of the same day, on Fridays not before Sunday 20:00.
SUBMISSION_DEADLINE = time(14)
# Weekday of the listing (Monday is 0): how many days before it the window opens and closes.
# https://info.arxiv.org/help/availability.html
WINDOW_DAYS_BACK = {0: (4, 3), 1: (4, 1), 2: (2, 1), 3: (2, 1), 4: (2, 1)}
FRIDAY = 4
# arXiv serves 2,000 at most, and large pages slowly.
PAGE_SIZE = 1000
# Papers asked for by their ids at once.
IDS_PER_REQUEST = 100
KNOWN_PAPER = "1706.03762"

SubmissionWindow = tuple[datetime, datetime]


def submission_window_of(day: date) -> SubmissionWindow | None:
    """Return from when (included) to when (excluded), in UTC, the papers of *day*'s listing were submitted.

    None on weekends. On a US holiday nothing is announced, and the API shows the window's papers only after the next
    announcement.
    """
    if day.weekday() not in WINDOW_DAYS_BACK:
        return None
    opens, closes = WINDOW_DAYS_BACK[day.weekday()]
    return _deadline_of(day - timedelta(days=opens)), _deadline_of(day - timedelta(days=closes))


def _deadline_of(day: date) -> datetime:
    return datetime.combine(day, SUBMISSION_DEADLINE, EASTERN).astimezone(UTC)


def announcement_day(submitted: datetime) -> date:
    """The day of the listing in whose window *submitted* falls: the inverse of `window`.

    An estimate: moderation holds some papers back, and after a holiday two windows are announced together.
    """
    local = submitted.astimezone(EASTERN)
    closes = local.date() + timedelta(days=local.time() >= SUBMISSION_DEADLINE)
    closes += timedelta(days=7 - closes.weekday() if closes.weekday() > FRIDAY else 0)
    return closes + timedelta(days=3 if closes.weekday() == FRIDAY else 1)


@dataclass(frozen=True)
class ArxivApi:
    """A Source. Without *categories* it asks for all of arXiv: 1,000 to 3,000 papers a day."""

    url: str
    _: KW_ONLY
    # An address or a site, so that arXiv can reach who asks.
    contact: str
    categories: Sequence[str] = ()
    manners: Politeness = POLITE
    page_size: int = PAGE_SIZE
    # To keep pace with all others who ask arXiv.
    turn: RequestLock | None = None

    name = "arxiv"

    def entries(self, day: date) -> Iterator[Entry]:
        if span := submission_window_of(day):
            yield from self.submitted(span, day)

    def submitted(self, span: SubmissionWindow, day: date) -> Iterator[Entry]:
        """Yield what was submitted in *span*, as announced on *day*, page by page.

        A page that stays incomplete ends in SourceUnavailable, after the whole pages before it.
        """
        with self._client() as client:
            pages = _PageReader(self.url, self.page_size, client, day)
            # The client hands through whatever _parse_feed read.
            for entry in cast(Iterator[Entry], pages.results(build_search(span, self.categories))):
                if not _is_of_next_window(entry, span):
                    yield entry

    def by_ids(self, ids: Sequence[str], day: date) -> Iterator[tuple[Sequence[str], tuple[Entry, ...]]]:
        """The ids of each batch, and what arXiv has of them: their newest versions, in any order, unknown ones not."""
        with self._client() as client:
            for start in range(0, len(ids), IDS_PER_REQUEST):
                batch = ids[start : start + IDS_PER_REQUEST]
                pages = _PageReader(self.url, IDS_PER_REQUEST, client, day)
                yield batch, tuple(cast(Iterator[Entry], pages.results(arxiv.Search(id_list=list(batch)))))

    def _client(self) -> PoliteClient:
        return PoliteClient(user_agent(self.contact), self.manners, turn=self.turn)


def build_search(span: SubmissionWindow, categories: Sequence[str] = ()) -> arxiv.Search:
    start, end = (f"{moment:%Y%m%d%H%M}" for moment in span)
    query = f"submittedDate:[{start} TO {end}]"
    if categories:
        query = f"({' OR '.join(f'cat:{code}' for code in categories)}) AND {query}"
    return arxiv.Search(
        query,
        max_results=None,
        sort_by=arxiv.SortCriterion.SubmittedDate,
        sort_order=arxiv.SortOrder.Ascending,
    )


def _is_of_next_window(entry: Entry, span: SubmissionWindow) -> bool:
    """arXiv's ranges know minutes only and include both ends."""
    return isinstance(entry, FetchedPaper) and entry.published is not None and entry.published >= span[1]


class _PageReader(arxiv.Client):
    """Turns the pages of one search, once."""

    def __init__(self, url: str, page_size: int, polite: PoliteClient, day: date) -> None:
        super().__init__(page_size=page_size, delay_seconds=0, num_retries=0)
        self.query_url_format = f"{url}?{{}}"
        self._polite, self._day, self._taken = polite, day, 0

    def _parse_feed(self, url: str, first_page: bool = True, _try_index: int = 0) -> ParsedFeed:
        feed = self._fetch(url)
        entries = [_place_entry(entry, number) for number, entry in enumerate(feed.entries, start=self._taken + 1)]
        self._taken += len(entries)
        return ParsedFeed(FeedHeader(total_results=feed.total_results), cast(list[arxiv.Result], entries))

    def _fetch(self, url: str) -> AtomFeed:
        try:
            return self._polite.get(url, self._read)
        except Refused as refusal:
            if complaint := atom.parse_feed(refusal.body, self._day).error:
                raise _rejected_answer(complaint) from refusal
            raise

    def _read(self, answer: HttpAnswer) -> AtomFeed:
        feed = atom.parse_feed(answer.body, self._day)
        if feed.error:
            raise _rejected_answer(feed.error)
        if not feed.complete:
            raise TryAgain("a web page came instead of a feed" if _is_html(answer) else "the feed was cut off")
        expected = min(self.page_size, feed.total_results - self._taken)
        if len(feed.entries) < expected:
            raise TryAgain(f"only {len(feed.entries)} of {expected} papers came on a page")
        return feed


def _place_entry(entry: Entry, number: int) -> Entry:
    """Add the entry's place among all pages and its listing: a submission stands in that of its primary category."""
    where = f"entry {number}"
    if isinstance(entry, FetchedPaper):
        return replace(entry, where=where, section=entry.categories[0])
    return replace(entry, where=where)


def _rejected_answer(complaint: str) -> SourceUnavailable:
    return SourceUnavailable(f"arXiv did not accept the query: {complaint[:300]}")


def _is_html(answer: HttpAnswer) -> bool:
    start = answer.body[:200].lstrip().lower()
    return "html" in answer.content_type.lower() or start.startswith((b"<!doctype html", b"<html"))


def is_reachable(url: str, timeout: float = 10) -> bool:
    """Return whether arXiv's API answers a small question within *timeout* seconds. Asks once."""
    manners = Politeness(delay=0, attempts=1, deadline=timeout, connect=timeout, read=timeout)
    try:
        with PoliteClient(user_agent(), manners) as client:
            return client.get(f"{url}?id_list={KNOWN_PAPER}&max_results=1", _is_feed)
    except SourceUnavailable:
        return False


def _is_feed(answer: HttpAnswer) -> bool:
    feed = atom.parse_feed(answer.body, None)
    return feed.complete and not feed.error
