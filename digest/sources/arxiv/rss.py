"""rss.arxiv.org: what arXiv announces today, in each archive or category. It shows no other day."""

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import date

from digest.domain import SourceUnavailable
from digest.sources.arxiv.listing import MAX_LISTING_ENTRIES as MAX_LISTING_ENTRIES
from digest.sources.arxiv.listing import Listing as Listing
from digest.sources.arxiv.listing import parse_listing as parse_listing
from digest.sources.arxiv.sections import ARCHIVES, expand_codes
from digest.sources.http.client import (
    POLITE,
    Forbidden,
    HttpAnswer,
    PoliteClient,
    Politeness,
    Refused,
    RequestLock,
    TryAgain,
    user_agent,
)

# Listings in a row without a usable answer, after which the others are not asked for: the service is down.
MAX_LISTING_FAILURES = 2


@dataclass(frozen=True)
class ArxivRss:
    """rss.arxiv.org: a listing for each of *categories*, which are codes, archives, or several in one with a plus.

    At first they are all archives.
    """

    url: str
    _: KW_ONLY
    # An address or a site, so that arXiv can reach who asks.
    contact: str
    categories: Sequence[str] = ARCHIVES
    manners: Politeness = POLITE
    # To keep pace with all others who ask arXiv.
    turn: RequestLock | None = None

    name = "arxiv-rss"

    def listings(self, day: date) -> Iterator[Listing]:
        """Yield each listing as soon as it is there. One that cannot be had says why and holds back no other.

        Only a refusal (403) ends in SourceUnavailable, at once. *day* is what the entries are dated with.
        """
        failures = 0
        with PoliteClient(user_agent(self.contact), self.manners, turn=self.turn) as client:
            for category in self.categories:
                if failures >= MAX_LISTING_FAILURES:
                    yield _missing_listing(category, "not asked for, as those before could not be had")
                    continue
                asking = _ListingRequests(client, self.url, day)
                yield from asking.listings(category)
                failures = failures + 1 if asking.failed else 0

    def listing(self, category: str, day: date) -> Listing:
        with PoliteClient(user_agent(self.contact), self.manners, turn=self.turn) as client:
            return _ListingRequests(client, self.url, day).one(category)


class _ListingRequests:
    """The questions that one category may take."""

    def __init__(self, client: PoliteClient, url: str, day: date) -> None:
        self._client, self._url, self._day = client, url, day
        # Whether the last question had no usable answer.
        self.failed = False

    def listings(self, category: str) -> Iterator[Listing]:
        """Yield the listing; where it is cut off, those of its halves, and the long one if they cannot replace it."""
        listing = self.one(category)
        whole = True
        if listing.truncated:
            for half in split_request(category):
                for part in self.listings(half):
                    whole = whole and part.complete
                    yield part
        if not listing.truncated or not whole or not split_request(category):
            yield listing

    def one(self, category: str) -> Listing:
        reading = _ListingReader(category, self._day)
        self.failed = False
        try:
            return self._client.get(f"{self._url}/rss/{category}", reading.read)
        except Forbidden:
            raise
        except Refused as refusal:
            return _refused_listing(refusal, category)
        except SourceUnavailable as problem:
            self.failed = True
            return reading.best or _missing_listing(category, str(problem))


class _ListingReader:
    """Reads the answers to one question, and keeps the best of the torn ones."""

    def __init__(self, category: str, day: date) -> None:
        self._category, self._day = category, day
        self.best: Listing | None = None

    def read(self, answer: HttpAnswer) -> Listing:
        found = parse_listing(answer.body, self._category, self._day)
        if not found.torn:
            return found
        if found.entries and (self.best is None or len(found.entries) > len(self.best.entries)):
            self.best = found
        raise TryAgain(found.error)


def split_request(category: str) -> tuple[str, ...]:
    """Two smaller questions that ask for the same; none for a single category."""
    wanted = sorted(expand_codes(category))
    middle = len(wanted) // 2
    return ("+".join(wanted[:middle]), "+".join(wanted[middle:])) if middle else ()


def _refused_listing(refusal: Refused, category: str) -> Listing:
    """Return the listing of a category that arXiv does not know. It says so in a feed."""
    found = parse_listing(refusal.body, category)
    return _missing_listing(category, str(refusal) if found.torn else f"arXiv says: {found.error}")


def _missing_listing(category: str, error: str) -> Listing:
    return Listing(category, None, (), complete=False, error=error)
