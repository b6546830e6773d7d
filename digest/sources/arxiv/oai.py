"""arXiv's OAI-PMH: what was announced on days and months gone by.

oaipmh-scythe could turn the pages, but it has a client of its own, without our manners (one connection, three seconds,
deadlines, bodies that are cut off), and leaves the records as they are: what it would save is the forty lines of
`_Slice`. https://info.arxiv.org/help/oa/, https://www.openarchives.org/OAI/openarchivesprotocol.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from urllib.parse import urlencode

from digest.domain import Entry, ProgressCallback, SourceUnavailable, no_progress
from digest.sources.arxiv.oai_records import OaiPage, OaiRecord, iterate_announcements, parse_page
from digest.sources.arxiv.sections import ARCHIVES, expand_codes
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

# The sets that hold the others; `physics` is the one of every archive that is not named like one of these.
TOP_LEVEL_SETS = ("cs", "econ", "eess", "math", "physics", "q-bio", "q-fin", "stat")
# Before it there are no datestamps, and the server complains.
EARLIEST_DATESTAMP = date(2005, 9, 16)
# Of datestamps in one question. When a token has expired, no more than this is asked for again.
DAYS_PER_REQUEST = timedelta(days=7)
# A record may carry the datestamp of the evening on which it was announced, before the listing's day.
DATE_MARGIN = timedelta(days=1)
MAX_RESTARTS = 3


@dataclass(frozen=True)
class ArxivOai:
    url: str
    _: KW_ONLY
    # An address or a site, so that arXiv can reach who asks.
    contact: str
    # The deadline is that of one slice.
    manners: Politeness = POLITE
    # To keep pace with all others who ask arXiv.
    turn: RequestLock | None = None
    prefix: Literal["arXivRaw", "arXiv"] = "arXivRaw"

    name = "arxiv-oai"

    def records(
        self,
        first: date,
        last: date,
        sets: Sequence[str] = (),
        *,
        changed_until: date | None = None,
        tick: ProgressCallback = no_progress,
    ) -> Iterator[Entry]:
        """Yield what was announced from *first* to *last*, each entry on its own day, in no order.

        *sets* are arXiv's (`cs`, `cs:cs:AI`, `physics:hep-th`) or codes of categories; none means all of arXiv. A paper
        that changed again carries only the datestamp of that: therefore all that changed from *first* up to
        *changed_until*, at first today, is gone through. SourceUnavailable comes after whole pages.
        """
        until = changed_until or datetime.now(UTC).date()
        done = 0
        for spec in [format_set_spec(each) for each in sets] or [""]:
            asked = categories_of_set(spec)
            for question in self._questions(spec, max(first - DATE_MARGIN, EARLIEST_DATESTAMP), until):
                for record in self._slice(question):
                    done += 1
                    tick(done, None)
                    where = f"record {done} ({record.identifier[:60]})"
                    yield from iterate_announcements(record, where, first, last, asked)

    def _questions(self, spec: str, begin: date, until: date) -> Iterator[dict[str, str]]:
        while begin <= until:
            end = min(begin + DAYS_PER_REQUEST - timedelta(days=1), until)
            question = {"verb": "ListRecords", "metadataPrefix": self.prefix, "from": f"{begin}", "until": f"{end}"}
            yield question | ({"set": spec} if spec else {})
            begin = end + timedelta(days=1)

    def _slice(self, question: dict[str, str]) -> Iterator[OaiRecord]:
        with PoliteClient(user_agent(self.contact), self.manners, turn=self.turn) as client:
            yield from _RecordPages(client, self.url, question).records()


class _RecordPages:
    """The pages of one question, from the beginning again when the server has forgotten where we were."""

    def __init__(self, client: PoliteClient, url: str, question: dict[str, str]) -> None:
        self._client, self._url, self._question = client, url, question
        self._seen: set[str] = set()
        self._restarts = 0

    def records(self) -> Iterator[OaiRecord]:
        """Yield each record once, even when its page had to be fetched twice."""
        token, used = "", set[str]()
        while True:
            page = self._page(token)
            if page.error == "badResumptionToken" and token and self._restarts < MAX_RESTARTS:
                self._restarts += 1
                token, used = "", set()
                continue
            yield from self._fresh(_require_records(page))
            if not page.token:
                return
            if page.token in used:
                raise SourceUnavailable("arXiv's OAI-PMH leads in a circle: a page names an earlier one as the next.")
            token = page.token
            used.add(token)

    def _page(self, token: str) -> OaiPage:
        question = {"verb": self._question["verb"], "resumptionToken": token} if token else self._question
        try:
            return self._client.get(f"{self._url}?{urlencode(question)}", _read)
        except Refused as refusal:
            page = parse_page(refusal.body)
            if page.error and not page.breakage:
                return page
            raise

    def _fresh(self, records: Sequence[OaiRecord]) -> Iterator[OaiRecord]:
        for record in records:
            if not record.identifier or record.identifier not in self._seen:
                self._seen.add(record.identifier)
                yield record


def _read(answer: HttpAnswer) -> OaiPage:
    page = parse_page(answer.body)
    if page.breakage:
        raise TryAgain(page.breakage)
    return page


def _require_records(page: OaiPage) -> Sequence[OaiRecord]:
    if page.error and page.error != "noRecordsMatch":
        raise SourceUnavailable(f"arXiv's OAI-PMH did not accept the question: {page.complaint} ({page.error}).")
    return page.records


def format_set_spec(name: str) -> str:
    """arXiv's name of a set: `cs.AI` is in `cs:cs:AI`, `hep-th` in `physics:hep-th`. What is one already stays."""
    if ":" in name or name in TOP_LEVEL_SETS:
        return name
    archive, _dot, subject = name.partition(".")
    group = archive if archive in TOP_LEVEL_SETS else "physics"
    return ":".join(filter(None, (group, archive, subject)))


def categories_of_set(spec: str) -> frozenset[str]:
    """The categories of a set; none for the empty one, which is all of arXiv."""
    group, *rest = spec.split(":")
    if rest:
        return expand_codes(".".join(rest))
    if group == "physics":
        return expand_codes(
            "+".join(archive for archive in ARCHIVES if archive not in TOP_LEVEL_SETS or archive == "physics")
        )
    return expand_codes(group) if group else frozenset()
