"""arXiv's query API: the papers that were submitted during the window that a day's listing announces.

The `arxiv` package words the query and turns the pages. It has no time limits, ignores Retry-After, and takes an HTML
page for an empty result and a torn one for the end; therefore our own client fetches and our own parser reads.
"""

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from datetime import date
from typing import cast

import arxiv
from arxiv._feed import FeedHeader, ParsedFeed

from digest.domain import Entry, FetchedPaper, SourceUnavailable
from digest.sources.arxiv import atom
from digest.sources.arxiv.announcement_schedule import SubmissionWindow, submission_window_of
from digest.sources.arxiv.atom import AtomFeed
from digest.sources.arxiv.politeness import ARXIV_POLITENESS
from digest.sources.http.client import (
    HttpAnswer,
    PoliteClient,
    Politeness,
    Refused,
    RequestLock,
    TryAgain,
    user_agent,
)

# arXiv serves 2,000 at most, and large pages slowly.
PAGE_SIZE = 1000
IDS_PER_REQUEST = 100
KNOWN_PAPER_ID = "1706.03762"


@dataclass(frozen=True)
class ArxivApi:
    """A Source. Without *categories* it asks for all of arXiv: 1,000 to 3,000 papers a day."""

    url: str
    _: KW_ONLY
    # An address or a site, so that arXiv can reach who asks.
    contact: str
    categories: Sequence[str] = ()
    politeness: Politeness = ARXIV_POLITENESS
    page_size: int = PAGE_SIZE
    # Shares one pace with all other clients of arXiv.
    request_lock: RequestLock | None = None

    name = "arxiv"

    def entries(self, day: date) -> Iterator[Entry]:
        if window := submission_window_of(day):
            yield from self.fetch_submissions(window, day)

    def fetch_submissions(self, window: SubmissionWindow, day: date) -> Iterator[Entry]:
        """Yield what was submitted in *window*, as announced on *day*, page by page.

        A page that stays incomplete ends in SourceUnavailable, after the whole pages before it.
        """
        with self._open_client() as client:
            pages = _PageReader(self.url, self.page_size, client, day)
            # The package hands through whatever _parse_feed returns.
            for entry in cast(Iterator[Entry], pages.results(build_search(window, self.categories))):
                # arXiv's ranges know minutes only and include both ends.
                if not isinstance(entry, FetchedPaper) or entry.published is None or entry.published < window[1]:
                    yield entry

    def fetch_by_ids(self, ids: Sequence[str], day: date) -> Iterator[tuple[Sequence[str], tuple[Entry, ...]]]:
        """Yield the ids of each batch, and the newest versions that arXiv has of them, in any order.

        Ids that arXiv does not know are missing from the entries.
        """
        with self._open_client() as client:
            for start in range(0, len(ids), IDS_PER_REQUEST):
                batch = ids[start : start + IDS_PER_REQUEST]
                pages = _PageReader(self.url, IDS_PER_REQUEST, client, day)
                yield batch, tuple(cast(Iterator[Entry], pages.results(arxiv.Search(id_list=list(batch)))))

    def _open_client(self) -> PoliteClient:
        return PoliteClient(user_agent(self.contact), self.politeness, request_lock=self.request_lock)


def build_search(window: SubmissionWindow, categories: Sequence[str] = ()) -> arxiv.Search:
    start, end = (f"{moment:%Y%m%d%H%M}" for moment in window)
    query = f"submittedDate:[{start} TO {end}]"
    if categories:
        query = f"({' OR '.join(f'cat:{code}' for code in categories)}) AND {query}"
    return arxiv.Search(
        query,
        max_results=None,
        sort_by=arxiv.SortCriterion.SubmittedDate,
        sort_order=arxiv.SortOrder.Ascending,
    )


class _PageReader(arxiv.Client):
    """Reads the pages of one search, once, with our own client and parser."""

    def __init__(self, url: str, page_size: int, polite: PoliteClient, day: date) -> None:
        super().__init__(page_size=page_size, delay_seconds=0, num_retries=0)
        self.query_url_format = f"{url}?{{}}"
        self._polite, self._day, self._entries_read = polite, day, 0

    def _parse_feed(self, url: str, first_page: bool = True, _try_index: int = 0) -> ParsedFeed:
        """Fetch and parse one page. Overrides the method with which `arxiv.Client` does both."""
        try:
            feed = self._polite.get(url, self._parse_answer)
        except Refused as refusal:
            if complaint := atom.parse_feed(refusal.body, self._day).error:
                raise _rejected_query(complaint) from refusal
            raise
        first_number = self._entries_read + 1
        entries = [_place_entry(entry, number) for number, entry in enumerate(feed.entries, start=first_number)]
        self._entries_read += len(entries)
        return ParsedFeed(FeedHeader(total_results=feed.total_results), cast(list[arxiv.Result], entries))

    def _parse_answer(self, answer: HttpAnswer) -> AtomFeed:
        feed = atom.parse_feed(answer.body, self._day)
        if feed.error:
            raise _rejected_query(feed.error)
        if not feed.complete:
            start = answer.body[:200].lstrip().lower()
            is_html = "html" in answer.content_type.lower() or start.startswith((b"<!doctype html", b"<html"))
            raise TryAgain("a web page came instead of a feed" if is_html else "the feed was cut off")
        expected = min(self.page_size, feed.total_results - self._entries_read)
        if len(feed.entries) < expected:
            raise TryAgain(f"only {len(feed.entries)} of {expected} papers came on a page")
        return feed


def _place_entry(entry: Entry, number: int) -> Entry:
    """Add the entry's number among all pages and its listing: a submission stands in that of its primary category."""
    where = f"entry {number}"
    if isinstance(entry, FetchedPaper):
        return replace(entry, where=where, section=entry.categories[0])
    return replace(entry, where=where)


def _rejected_query(complaint: str) -> SourceUnavailable:
    return SourceUnavailable(f"arXiv did not accept the query: {complaint[:300]}")


def is_reachable(url: str, timeout: float = 10) -> bool:
    """Return whether arXiv's API answers a small question within *timeout* seconds. Asks once."""
    once = Politeness(delay=0, max_attempts=1, deadline=timeout, connect_timeout=timeout, read_timeout=timeout)
    try:
        with PoliteClient(user_agent(), once) as client:
            feed = client.get(
                f"{url}?id_list={KNOWN_PAPER_ID}&max_results=1", lambda answer: atom.parse_feed(answer.body, None)
            )
    except SourceUnavailable:
        return False
    return feed.complete and not feed.error
