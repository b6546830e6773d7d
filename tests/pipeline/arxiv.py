"""An arXiv of our own on one local server: listings, query API and OAI-PMH, each of which can be late, torn or down."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from urllib.parse import unquote
from xml.sax.saxutils import escape

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from digest.ingest.arxiv import ArxivSource
from digest.ingest.service_lock import ServiceLock
from digest.sources.arxiv.announcement_schedule import announcement_day, submission_window_of
from digest.sources.arxiv.api import ArxivApi
from digest.sources.arxiv.oai import ArxivOai
from digest.sources.arxiv.rss import ArxivRss
from digest.sources.arxiv.sections import expand_codes
from digest.sources.http.client import Politeness
from tests.sources.feeds import feed
from tests.sources.listings import item, oai, oai_error, record, rss

HASTY = Politeness(delay=0, initial_backoff=0, max_attempts=3, connect_timeout=2, read_timeout=2, deadline=20)


@dataclass(frozen=True)
class Announced:
    """A version of a paper in the listings of a day."""

    arxiv_id: str
    day: date
    categories: Sequence[str] = ("cs.LG",)
    kind: str = "new"
    version: int = 1
    # The first version. Without one: at the begin of the day's window.
    submitted: datetime | None = None
    comment: str = ""

    @property
    def first_sent(self) -> datetime:
        span = submission_window_of(self.day)
        return self.submitted or (span[0] if span else datetime(2020, 1, 1, tzinfo=UTC))

    def is_in(self, asked: frozenset[str]) -> bool:
        """An old paper that is cross-listed later stands in the other listings only."""
        listed = self.categories[1:] if self.kind == "cross" else self.categories
        return bool(asked & set(listed)) and not (self.kind == "cross" and self.categories[0] in asked)

    def kind_in(self, asked: frozenset[str]) -> str:
        primary = self.categories[0] in asked
        return self.kind if primary else {"new": "cross", "replace": "replace-cross"}.get(self.kind, self.kind)


@dataclass
class LocalArxiv:
    server: HTTPServer
    # The day that its listings show.
    day: date
    papers: list[Announced] = field(default_factory=list)
    # Archives whose listing shows another day.
    shows: dict[str, date] = field(default_factory=dict)
    # rss, api, oai
    down: set[str] = field(default_factory=set)
    # Endpoints that answer 429, and after how many seconds to ask again.
    come_back_later: dict[str, int] = field(default_factory=dict)
    forbidden: bool = False
    # By path and question: how many more times it answers 429.
    throttled: dict[str, int] = field(default_factory=dict)
    # How often every question is first answered with 429.
    throttles: int = 0
    # A word in the address, and how many of the next answers to it are cut in the middle.
    torn: dict[str, int] = field(default_factory=dict)
    # Ids whose entry in the listings has no title.
    unreadable: set[str] = field(default_factory=set)
    # Ids that the API does not know yet.
    unknown: set[str] = field(default_factory=set)
    # Ids whose entry in the API has no title.
    untitled: set[str] = field(default_factory=set)
    # Ids of which the API knows the first version only.
    outdated: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.server.expect_request(re.compile("/rss/.*")).respond_with_handler(self._answer)
        self.server.expect_request("/api/query").respond_with_handler(self._answer)
        self.server.expect_request("/oai").respond_with_handler(self._answer)

    def source(self, today: date | None = None) -> ArxivSource:
        rss_url, api_url = self.server.url_for("").rstrip("/"), self.server.url_for("/api/query")
        return ArxivSource(
            ArxivRss(rss_url, contact="", politeness=HASTY, request_lock=ServiceLock(delay=0, endpoint="rss")),
            ArxivApi(api_url, contact="", politeness=HASTY, request_lock=ServiceLock(delay=0, endpoint="api")),
            today=lambda: today or self.day,
        )

    def records(self) -> ArxivOai:
        return ArxivOai(
            self.server.url_for("/oai"), contact="", politeness=HASTY, request_lock=ServiceLock(delay=0, endpoint="oai")
        )

    @property
    def asked(self) -> list[str]:
        """Return the addresses that were asked for since the last call."""
        found = [unquote(request.full_path) for request, _response in self.server.log]
        self.server.clear_log()
        return found

    def _answer(self, request: Request) -> Response:
        endpoint = request.path.split("/")[1]
        if self.forbidden:
            return Response("go away", 403)
        if endpoint in self.down:
            return Response("down", 500)
        if endpoint in self.come_back_later:
            return Response("later", 429, {"Retry-After": str(self.come_back_later[endpoint])})
        if self._throttle(request.full_path):
            return Response("slowly", 429, {"Retry-After": "0"})
        body = {"rss": self._listing, "api": self._query, "oai": self._records}[endpoint](request)
        return Response(self._cut(request.full_path, body), content_type="application/xml")

    def _throttle(self, address: str) -> bool:
        left = self.throttled.setdefault(address, self.throttles)
        self.throttled[address] = left - 1
        return left > 0

    def _cut(self, address: str, body: str) -> str:
        for word, left in self.torn.items():
            if word in address and left:
                self.torn[word] -= 1
                return body[: len(body) * 2 // 3]
        return body

    def _listing(self, request: Request) -> str:
        asked = request.path.removeprefix("/rss/")
        shown, wanted = self.shows.get(asked, self.day), expand_codes(asked)
        listed = [paper for paper in self.papers if paper.day == shown and paper.is_in(wanted)]
        return rss([self._item(paper, wanted) for paper in listed], asked)

    def _item(self, paper: Announced, asked: frozenset[str]) -> str:
        title = "" if paper.arxiv_id in self.unreadable else f"On {paper.arxiv_id}"
        name = f"{paper.arxiv_id}v{paper.version}"
        return item(name, kind=paper.kind_in(asked), title=title, categories=paper.categories)

    def _query(self, request: Request) -> str:
        start, size = int(request.args["start"]), int(request.args["max_results"])
        ids = [each for each in request.args.get("id_list", "").split(",") if each]
        found = self._by_ids(ids) if ids else self._by_time(request.args["search_query"])
        return feed([self._entry(paper) for paper in found[start : start + size]], total=len(found))

    def _entry(self, paper: Announced) -> str:
        sent = f"{paper.first_sent:%Y-%m-%dT%H:%M:%SZ}"
        title = "" if paper.arxiv_id in self.untitled else f"On {paper.arxiv_id}"
        categories = "".join(f'<category term="{code}"/>' for code in paper.categories)
        return f"""<entry><id>http://arxiv.org/abs/{paper.arxiv_id}v{paper.version}</id><title>{title}</title>
          <updated>{sent}</updated><published>{sent}</published><summary>We show that letters arrive.</summary>
          {categories}<arxiv:primary_category term="{paper.categories[0]}"/>
          <arxiv:comment>{escape(paper.comment)}</arxiv:comment><author><name>Ada Lovelace</name></author></entry>"""

    def _known(self) -> list[Announced]:
        """Return the newest announced version of each paper that the API knows."""
        newest: dict[str, Announced] = {}
        for paper in self.papers:
            known = newest.get(paper.arxiv_id, paper)
            if paper.arxiv_id in self.outdated and paper.version > 1:
                continue
            if paper.day <= self.day and paper.arxiv_id not in self.unknown and known.version <= paper.version:
                newest[paper.arxiv_id] = paper
        return sorted(newest.values(), key=lambda paper: paper.first_sent)

    def _by_ids(self, ids: Sequence[str]) -> list[Announced]:
        return [paper for paper in self._known() if paper.arxiv_id in ids]

    def _by_time(self, query: str) -> list[Announced]:
        start, end = re.findall(r"[0-9]{12}", query)
        return [paper for paper in self._known() if start <= f"{paper.first_sent:%Y%m%d%H%M}" <= end]

    def _records(self, request: Request) -> str:
        found = [
            record(paper.arxiv_id, paper.first_sent, categories=" ".join(paper.categories))
            for paper in self._known()
            if request.args["from"] <= f"{announcement_day(paper.first_sent)}" <= request.args["until"]
        ]
        return oai(found) if found else oai_error("noRecordsMatch")
