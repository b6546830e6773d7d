"""A day's papers come whole from arXiv's API, or the day says plainly why they did not."""

import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from digest.domain import Entry, FetchedPaper, Malformed, Source, SourceUnavailable
from digest.sources.arxiv.api import ArxivApi, is_reachable
from digest.sources.http.client import Politeness
from tests.sources.feeds import complaint, entry, feed
from tests.sources.quick_client import HASTY

TUESDAY = date(2026, 2, 3)


def _ask(httpserver: HTTPServer, day: date = TUESDAY, page_size: int = 1000) -> list[Entry]:
    url = httpserver.url_for("/api/query")
    source: Source = ArxivApi(url, contact="hello@post.example", politeness=HASTY, page_size=page_size)
    return list(source.entries(day))


def _papers(entries: list[Entry]) -> list[FetchedPaper]:
    return [entry for entry in entries if isinstance(entry, FetchedPaper)]


# --- what arrives ---


def test_a_paper_arrives_with_all_that_arxiv_says_about_it(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/query").respond_with_data(feed([entry(7, version=2)]))
    assert _ask(httpserver) == [
        FetchedPaper(
            arxiv_id="2602.00007",
            version=2,
            title="On letters",
            abstract="We show that letters arrive.",
            authors=("Ada Lovelace", "Bao Li"),
            categories=("cs.LG", "stat.ML"),
            section="cs.LG",
            kind="new",
            day=TUESDAY,
            where="entry 1",
            published=datetime(2026, 2, 2, 12, tzinfo=UTC),
            updated=datetime(2026, 2, 2, 12, tzinfo=UTC),
            comment="3 pages",
            doi="10.1000/182",
            journal_ref="J. Lett. 1, 2 (2026)",
        )
    ]


def test_arxiv_is_asked_in_order_of_submission(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/query").respond_with_data(feed([]))
    assert _ask(httpserver) == []
    request = httpserver.log[0][0]
    assert request.args["sortBy"] == "submittedDate"
    assert request.args["sortOrder"] == "ascending"
    assert request.args["search_query"] == "submittedDate:[202601301900 TO 202602021900]"
    assert request.args["max_results"] == "1000"
    assert "hello@post.example" in request.headers["User-Agent"]


def test_arxiv_is_not_asked_for_a_weekend(httpserver: HTTPServer) -> None:
    assert _ask(httpserver, date(2026, 2, 7)) == []
    assert httpserver.log == []


def _serve_pages(httpserver: HTTPServer, entries: list[str]) -> None:
    """Serves whatever slice is asked for, as arXiv does."""

    def page(request: Request) -> Response:
        start, size = int(request.args["start"]), int(request.args["max_results"])
        return Response(feed(entries[start : start + size], len(entries)), content_type="application/atom+xml")

    httpserver.expect_request("/api/query").respond_with_handler(page)


def test_all_pages_are_turned_and_every_paper_comes_once(httpserver: HTTPServer) -> None:
    _serve_pages(httpserver, [entry(number) for number in range(1, 6)])
    papers = _papers(_ask(httpserver, page_size=2))
    assert [paper.arxiv_id for paper in papers] == [f"2602.{number:05}" for number in range(1, 6)]
    assert [paper.where for paper in papers] == [f"entry {number}" for number in range(1, 6)]
    assert [parse_qs(request.query_string.decode())["start"] for request, _ in httpserver.log] == [["0"], ["2"], ["4"]]


def test_a_submission_at_the_deadline_is_in_the_next_listing(httpserver: HTTPServer) -> None:
    last, next_first = datetime(2026, 2, 2, 18, 59, 59, tzinfo=UTC), datetime(2026, 2, 2, 19, 0, 0, tzinfo=UTC)
    page = feed([entry(1, published=last), entry(2, published=next_first)])
    httpserver.expect_request("/api/query").respond_with_data(page)
    assert [paper.arxiv_id for paper in _papers(_ask(httpserver))] == ["2602.00001"]


def test_a_bad_entry_is_reported_and_the_others_are_read(httpserver: HTTPServer) -> None:
    _serve_pages(httpserver, [entry(1), entry(2, title=" "), entry(3)])
    first, second, third = _ask(httpserver, page_size=2)
    assert isinstance(first, FetchedPaper)
    assert isinstance(second, Malformed)
    assert (second.where, second.reason) == ("entry 2", "no title")
    assert isinstance(third, FetchedPaper)


def test_ids_are_asked_for_in_batches_of_a_hundred(httpserver: HTTPServer) -> None:
    def page(request: Request) -> Response:
        ids = request.args["id_list"].split(",")
        return Response(feed([entry(int(arxiv_id.partition(".")[2])) for arxiv_id in ids]))

    httpserver.expect_request("/api/query").respond_with_handler(page)
    source = ArxivApi(httpserver.url_for("/api/query"), contact="", politeness=HASTY)
    ids = [f"2602.{number:05}" for number in range(1, 202)]
    batches = list(source.fetch_by_ids(ids, TUESDAY))
    assert [len(batch) for batch, _entries in batches] == [100, 100, 1]
    assert [arxiv_id for batch, _entries in batches for arxiv_id in batch] == ids
    assert [paper.arxiv_id for _batch, entries in batches for paper in _papers(list(entries))] == ids
    assert [request.args["id_list"].count(",") + 1 for request, _response in httpserver.log] == [100, 100, 1]


# --- what goes wrong ---


def test_too_many_requests_and_outages_are_waited_out(httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/api/query").respond_with_data(status=429, headers={"Retry-After": "0"})
    httpserver.expect_ordered_request("/api/query").respond_with_data(status=503)
    httpserver.expect_ordered_request("/api/query").respond_with_data(feed([entry(1)]))
    assert len(_ask(httpserver)) == 1


@pytest.mark.parametrize(
    ("start", "content_type"),
    [("<!DOCTYPE html><html>", "text/html"), (" <HTML>", "application/atom+xml"), ("", "text/html")],
)
def test_a_web_page_is_never_taken_for_an_empty_day(httpserver: HTTPServer, start: str, content_type: str) -> None:
    page = f"{start}<body>Down for maintenance</body>"
    httpserver.expect_request("/api/query").respond_with_data(page, content_type=content_type)
    with pytest.raises(SourceUnavailable, match="a web page came instead of a feed"):
        _ask(httpserver)
    assert len(httpserver.log) == 3


def test_a_cut_off_feed_is_asked_for_again(httpserver: HTTPServer) -> None:
    whole = feed([entry(1), entry(2)])
    httpserver.expect_ordered_request("/api/query").respond_with_data(whole[: len(whole) * 2 // 3])
    httpserver.expect_ordered_request("/api/query").respond_with_data(whole)
    assert len(_ask(httpserver)) == 2


def test_a_page_that_stays_cut_off_is_no_result(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/query").respond_with_data(feed([entry(1)])[:-10])
    with pytest.raises(SourceUnavailable, match="the feed was cut off"):
        _ask(httpserver)


def test_a_page_with_too_few_papers_is_asked_for_again(httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/api/query").respond_with_data(feed([], total=2))
    httpserver.expect_ordered_request("/api/query").respond_with_data(feed([entry(1)], total=2))
    httpserver.expect_ordered_request("/api/query").respond_with_data(feed([entry(1), entry(2)]))
    assert len(_ask(httpserver)) == 2


def test_a_page_that_stays_too_short_is_no_result(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/query").respond_with_data(feed([entry(1)], total=2))
    with pytest.raises(SourceUnavailable, match="only 1 of 2 papers came on a page"):
        _ask(httpserver)


def test_a_later_page_that_fails_raises(httpserver: HTTPServer) -> None:
    url = httpserver.url_for("/api/query")
    httpserver.expect_ordered_request("/api/query").respond_with_data(feed([entry(1), entry(2)], total=3))
    for _ in range(HASTY.max_attempts):
        httpserver.expect_ordered_request("/api/query").respond_with_data(status=503)
    entries = ArxivApi(url, contact="", politeness=HASTY, page_size=2).entries(TUESDAY)
    assert len(_papers([next(entries), next(entries)])) == 2
    with pytest.raises(SourceUnavailable, match="status 503"):
        next(entries)


@pytest.mark.parametrize("status", [200, 400])
def test_what_arxiv_complains_of_is_passed_on(httpserver: HTTPServer, status: int) -> None:
    page = complaint("incorrect id format for abc")
    httpserver.expect_request("/api/query").respond_with_data(page, status=status)
    with pytest.raises(SourceUnavailable, match="did not accept the query: incorrect id format for abc"):
        _ask(httpserver)
    assert len(httpserver.log) == 1


def test_a_403_stops_everything_at_once(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/query").respond_with_data("Forbidden", status=403)
    with pytest.raises(SourceUnavailable, match="Check that CONTACT_EMAIL"):
        _ask(httpserver)
    assert len(httpserver.log) == 1


def test_a_document_type_is_not_even_read(httpserver: HTTPServer) -> None:
    bomb = '<!DOCTYPE feed [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + feed([entry(1)]).partition("?>")[2]
    httpserver.expect_request("/api/query").respond_with_data(bomb)
    with pytest.raises(SourceUnavailable, match="the feed was cut off"):
        _ask(httpserver)


@pytest.fixture
def mute_url() -> Iterator[str]:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/query"


def test_a_server_that_hangs_is_left_in_time(mute_url: str) -> None:
    source = ArxivApi(
        mute_url, contact="", politeness=Politeness(delay=0, initial_backoff=0, max_attempts=2, read_timeout=0.1)
    )
    with pytest.raises(SourceUnavailable, match="did not answer in time"):
        list(source.entries(TUESDAY))


# --- is it there at all ---


def test_arxiv_is_reachable_when_it_answers_with_a_feed(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/query").respond_with_data(feed([entry(1)]))
    assert is_reachable(httpserver.url_for("/api/query"), timeout=2)


@pytest.mark.parametrize(("page", "status"), [("<html>", 200), (feed([]), 503), ("", 403), (complaint("no"), 200)])
def test_any_other_answer_means_that_arxiv_is_unreachable(httpserver: HTTPServer, page: str, status: int) -> None:
    httpserver.expect_request("/api/query").respond_with_data(page, status=status)
    assert not is_reachable(httpserver.url_for("/api/query"), timeout=2)
    assert len(httpserver.log) == 1


def test_an_unreachable_arxiv_is_noticed_soon(mute_url: str) -> None:
    begun = time.monotonic()
    assert not is_reachable(mute_url, timeout=0.2)
    assert not is_reachable("http://127.0.0.1:9/api/query", timeout=0.2)
    assert not is_reachable("nonsense", timeout=0.2)
    assert time.monotonic() - begun < 2


# --- real answers ---


@pytest.mark.data
def test_six_real_pages_in_a_row_give_sixty_papers(httpserver: HTTPServer, shared_data: Path) -> None:
    def page(request: Request) -> Response:
        (path,) = (shared_data / "captures/arxiv_api/body").glob(f"q_testing_s{request.args['start']}_m10_*.xml")
        return Response(path.read_text(encoding="utf-8").replace(">214881<", ">60<"))

    httpserver.expect_request("/api/query").respond_with_handler(page)
    papers = _papers(_ask(httpserver, date(2026, 6, 2), page_size=10))
    assert len({paper.arxiv_id for paper in papers}) == 60
    assert all(paper.authors and paper.published and paper.version for paper in papers)
    assert len(httpserver.log) == 6


@pytest.mark.data
def test_a_real_complaint_of_arxiv_is_passed_on(httpserver: HTTPServer, shared_data: Path) -> None:
    (path,) = (shared_data / "captures/arxiv_api/exchange").glob("id_abc_*.json")
    exchange = json.loads(path.read_text(encoding="utf-8"))
    httpserver.expect_request("/api/query").respond_with_data(exchange["body"], status=exchange["status_code"])
    with pytest.raises(SourceUnavailable, match="incorrect id format for abc"):
        _ask(httpserver)
