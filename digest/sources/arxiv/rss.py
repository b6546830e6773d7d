"""rss.arxiv.org: what arXiv announces today, in each archive or category. It shows no other day."""

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import date

from digest.domain import SourceUnavailable
from digest.sources.arxiv.listing import Listing, parse_listing
from digest.sources.arxiv.politeness import ARXIV_POLITENESS
from digest.sources.arxiv.sections import ARCHIVES, expand_codes
from digest.sources.http.client import (
    Forbidden,
    HttpAnswer,
    PoliteClient,
    Politeness,
    Refused,
    RequestLock,
    TryAgain,
    user_agent,
)

# After this many listings in a row without a usable answer the service counts as down, and no other is asked for.
MAX_LISTING_FAILURES = 2


@dataclass(frozen=True)
class ArxivRss:
    """rss.arxiv.org: a listing for each of *categories*, which are codes, archives, or several joined with a plus."""

    url: str
    _: KW_ONLY
    # An address or a site, so that arXiv can reach who asks.
    contact: str
    categories: Sequence[str] = ARCHIVES
    politeness: Politeness = ARXIV_POLITENESS
    # Shares one pace with all other clients of arXiv.
    request_lock: RequestLock | None = None

    name = "arxiv-rss"

    def fetch_listings(self, day: date) -> Iterator[Listing]:
        """Yield each listing as soon as it is there. One that cannot be had says why and holds back no other.

        *day* is what the entries are dated with. Raises SourceUnavailable at once after a refusal (403) only.
        """
        failures = 0
        with PoliteClient(user_agent(self.contact), self.politeness, request_lock=self.request_lock) as client:
            for category in self.categories:
                if failures >= MAX_LISTING_FAILURES:
                    yield _missing_listing(category, "not asked for, as those before could not be had")
                    continue
                requests = _ListingRequests(client, self.url, day)
                yield from requests.fetch_whole(category)
                failures = failures + 1 if requests.has_failed else 0


class _ListingRequests:
    """The requests that one category may take."""

    def __init__(self, client: PoliteClient, url: str, day: date) -> None:
        self._client, self._url, self._day = client, url, day
        # Whether the last request had no usable answer.
        self.has_failed = False

    def fetch_whole(self, category: str) -> Iterator[Listing]:
        """Yield the listing; where it is cut off, those of its halves, and the long one if they cannot replace it."""
        listing = self._fetch(category)
        halves = split_request(category) if listing.truncated else ()
        are_halves_complete = True
        for half in halves:
            for part in self.fetch_whole(half):
                are_halves_complete = are_halves_complete and part.complete
                yield part
        if not halves or not are_halves_complete:
            yield listing

    def _fetch(self, category: str) -> Listing:
        parser = _BestAnswer(category, self._day)
        self.has_failed = False
        try:
            return self._client.get(f"{self._url}/rss/{category}", parser.parse)
        except Forbidden:
            raise
        except Refused as refusal:
            # arXiv says in a feed that it does not know a category.
            explanation = parse_listing(refusal.body, category)
            reason = str(refusal) if explanation.torn else f"arXiv says: {explanation.error}"
            return _missing_listing(category, reason)
        except SourceUnavailable as problem:
            self.has_failed = True
            return parser.best or _missing_listing(category, str(problem))


class _BestAnswer:
    """Parses the answers to one request, and remembers the longest of the torn ones."""

    def __init__(self, category: str, day: date) -> None:
        self._category, self._day = category, day
        self.best: Listing | None = None

    def parse(self, answer: HttpAnswer) -> Listing:
        listing = parse_listing(answer.body, self._category, self._day)
        if not listing.torn:
            return listing
        if listing.entries and (self.best is None or len(listing.entries) > len(self.best.entries)):
            self.best = listing
        raise TryAgain(listing.error)


def split_request(category: str) -> tuple[str, ...]:
    """Return two smaller requests that ask for the same; none for a single category."""
    codes = sorted(expand_codes(category))
    middle = len(codes) // 2
    return ("+".join(codes[:middle]), "+".join(codes[middle:])) if middle else ()


def _missing_listing(category: str, error: str) -> Listing:
    return Listing(category, None, (), complete=False, error=error)
