"""arXiv's OAI-PMH: what was announced on past days and months.

oaipmh-scythe could turn the pages, but it has a client of its own without our politeness (one connection, a pause,
deadlines, bodies that are cut off), and it leaves the records as they are: all it would save is `_RecordPages`.
https://info.arxiv.org/help/oa/, https://www.openarchives.org/OAI/openarchivesprotocol.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from urllib.parse import urlencode

from digest.dates import ONE_DAY
from digest.domain import Entry, ProgressCallback, SourceUnavailable, no_progress
from digest.sources.arxiv.oai_records import OaiPage, OaiRecord, iterate_announcements, parse_page
from digest.sources.arxiv.politeness import ARXIV_POLITENESS
from digest.sources.arxiv.sections import ARCHIVES, expand_codes
from digest.sources.http.client import (
    HttpAnswer,
    PoliteClient,
    Politeness,
    Refused,
    RequestLock,
    TryAgain,
    user_agent,
)

# The sets that hold the others; `physics` holds every archive that is not named like one of these.
TOP_LEVEL_SETS = ("cs", "econ", "eess", "math", "physics", "q-bio", "q-fin", "stat")
# The server complains about days before it, which have no datestamps.
EARLIEST_DATESTAMP = date(2005, 9, 16)
# Days of datestamps in one request. When a resumption token has expired, no more than this is asked for again.
DAYS_PER_REQUEST = timedelta(days=7)
# A record may carry the datestamp of the evening on which it was announced, before the listing's day.
DATESTAMP_MARGIN = ONE_DAY
MAX_RESTARTS = 3


@dataclass(frozen=True)
class ArxivOai:
    """A client of arXiv's OAI-PMH, for the announcements of past days."""

    url: str
    _: KW_ONLY
    # An address or a site, so that arXiv can reach who asks.
    contact: str
    # Its deadline is that of one request for `DAYS_PER_REQUEST`, with all its pages.
    politeness: Politeness = ARXIV_POLITENESS
    # Shares one pace with all other clients of arXiv.
    request_lock: RequestLock | None = None
    prefix: Literal["arXivRaw", "arXiv"] = "arXivRaw"

    name = "arxiv-oai"

    def fetch_announcements(
        self,
        first: date,
        last: date,
        sets: Sequence[str] = (),
        *,
        changed_until: date | None = None,
        tick: ProgressCallback = no_progress,
    ) -> Iterator[Entry]:
        """Yield what was announced from *first* to *last*, each entry on its own day, in no order.

        *sets* are arXiv's (`cs`, `cs:cs:AI`, `physics:hep-th`) or codes of categories; none means all of arXiv. A
        paper that changed again carries only the datestamp of that change. Therefore everything is gone through that
        changed from *first* to *changed_until*, which is today by default. SourceUnavailable comes after whole pages.
        """
        until = changed_until or datetime.now(UTC).date()
        done = 0
        for spec in [format_set_spec(each) for each in sets] or [""]:
            asked = categories_of_set(spec)
            for query in self._queries(spec, max(first - DATESTAMP_MARGIN, EARLIEST_DATESTAMP), until):
                client = PoliteClient(user_agent(self.contact), self.politeness, request_lock=self.request_lock)
                with client:
                    for record in _RecordPages(client, self.url, query).read_records():
                        done += 1
                        tick(done, None)
                        where = f"record {done} ({record.identifier[:60]})"
                        yield from iterate_announcements(record, where, first, last, asked)

    def _queries(self, spec: str, begin: date, until: date) -> Iterator[dict[str, str]]:
        while begin <= until:
            end = min(begin + DAYS_PER_REQUEST - ONE_DAY, until)
            query = {"verb": "ListRecords", "metadataPrefix": self.prefix, "from": f"{begin}", "until": f"{end}"}
            yield query | ({"set": spec} if spec else {})
            begin = end + ONE_DAY


class _RecordPages:
    """The pages of one query, read again from the first when the server has forgotten where we were."""

    def __init__(self, client: PoliteClient, url: str, query: dict[str, str]) -> None:
        self._client, self._url, self._query = client, url, query

    def read_records(self) -> Iterator[OaiRecord]:
        """Yield each record once, even when its page had to be fetched twice."""
        identifiers, used_tokens = set[str](), set[str]()
        token, restarts = "", 0
        while True:
            page = self._fetch_page(token)
            if page.error == "badResumptionToken" and token and restarts < MAX_RESTARTS:
                restarts += 1
                token, used_tokens = "", set()
                continue
            if page.error and page.error != "noRecordsMatch":
                raise SourceUnavailable(
                    f"arXiv's OAI-PMH did not accept the question: {page.complaint} ({page.error})."
                )
            for record in page.records:
                if not record.identifier or record.identifier not in identifiers:
                    identifiers.add(record.identifier)
                    yield record
            if not page.token:
                return
            if page.token in used_tokens:
                raise SourceUnavailable("arXiv's OAI-PMH leads in a circle: a page names an earlier one as the next.")
            token = page.token
            used_tokens.add(token)

    def _fetch_page(self, token: str) -> OaiPage:
        query = {"verb": self._query["verb"], "resumptionToken": token} if token else self._query
        try:
            return self._client.get(f"{self._url}?{urlencode(query)}", _parse_answer)
        except Refused as refusal:
            page = parse_page(refusal.body)
            if page.error and not page.breakage:
                return page
            raise


def _parse_answer(answer: HttpAnswer) -> OaiPage:
    page = parse_page(answer.body)
    if page.breakage:
        raise TryAgain(page.breakage)
    return page


def format_set_spec(name: str) -> str:
    """Return arXiv's name of a set: `cs:cs:AI` for `cs.AI`, `physics:hep-th` for `hep-th`. Names of sets stay."""
    if ":" in name or name in TOP_LEVEL_SETS:
        return name
    archive, _dot, subject = name.partition(".")
    group = archive if archive in TOP_LEVEL_SETS else "physics"
    return ":".join(filter(None, (group, archive, subject)))


def categories_of_set(spec: str) -> frozenset[str]:
    """Return the categories of a set; none for the empty one, which is all of arXiv."""
    group, *rest = spec.split(":")
    if rest:
        return expand_codes(".".join(rest))
    if group == "physics":
        return expand_codes(
            "+".join(archive for archive in ARCHIVES if archive not in TOP_LEVEL_SETS or archive == "physics")
        )
    return expand_codes(group) if group else frozenset()
