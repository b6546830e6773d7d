"""We ask slowly, say who we are, wait when told to, and never hang."""

import gzip
import inspect
import socket
import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from threading import Thread

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from digest.records import SourceUnavailable
from digest.sources.arxiv_api import ArxivApi
from digest.sources.arxiv_rss import ArxivRss
from digest.sources.http import POLITE, PRODUCT, Answer, Manners, PoliteClient, Refused, TryAgain, user_agent
from tests.sources.clock import Clock

HASTY = Manners(delay=0, backoff=0, attempts=3, connect=1, read=1, deadline=10)
SLOW = Manners(delay=3, backoff=0, attempts=3)


def _client(manners: Manners = HASTY, clock: Clock | None = None) -> PoliteClient:
    clock = clock or Clock()
    return PoliteClient(user_agent("hello@post.example"), manners, sleep=clock.sleep, clock=clock.read)


def _body(answer: Answer) -> bytes:
    return answer.body


def _get(url: str, manners: Manners = HASTY, clock: Clock | None = None) -> bytes:
    with _client(manners, clock) as client:
        return client.get(url, _body)


def test_every_request_says_who_asks_and_how_to_reach_them(httpserver: HTTPServer) -> None:
    agent = "PreprintPost/0.1.0 (https://post.example; hello@post.example)"
    httpserver.expect_oneshot_request("/feed", headers={"User-Agent": agent}).respond_with_data("here")
    with PoliteClient(user_agent("https://post.example", "", "hello@post.example"), HASTY) as client:
        assert client.get(httpserver.url_for("/feed"), _body) == b"here"


def test_the_version_that_we_name_is_the_products() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"PreprintPost/{project['version']}" == PRODUCT


def test_a_contact_cannot_smuggle_a_header_into_the_request() -> None:
    assert user_agent("a@b.example)\r\nCookie: x=1") == f"{PRODUCT} (a@b.exampleCookie: x=1)"
    assert user_agent("") == PRODUCT


def test_without_other_orders_we_are_as_polite_as_arxiv_asks() -> None:
    assert POLITE.delay >= 3
    assert inspect.signature(PoliteClient).parameters["manners"].default is POLITE
    assert (ArxivApi.manners, ArxivRss.manners) == (POLITE, POLITE)


def test_requests_are_three_seconds_apart(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data("here")
    clock = Clock()
    with _client(SLOW, clock) as client:
        for _ in range(3):
            client.get(httpserver.url_for("/feed"), _body)
            clock.now += 1
    assert clock.sleeps == [3, 2, 2]


def test_an_overloaded_server_is_asked_again(httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/feed").respond_with_data("busy", status=503)
    httpserver.expect_ordered_request("/feed").respond_with_data("busy", status=500)
    httpserver.expect_ordered_request("/feed").respond_with_data("here")
    assert _get(httpserver.url_for("/feed")) == b"here"


def test_the_pauses_between_tries_grow(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data("busy", status=503)
    clock = Clock()
    with pytest.raises(SourceUnavailable, match="status 503"):
        _get(httpserver.url_for("/feed"), Manners(delay=0, attempts=4, backoff=2), clock)
    first, second, third = clock.sleeps
    assert 2 <= first <= 4
    assert 4 <= second <= 6
    assert 8 <= third <= 10


def test_a_server_that_says_how_long_to_wait_is_obeyed(httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/feed").respond_with_data(status=429, headers={"Retry-After": "17"})
    httpserver.expect_ordered_request("/feed").respond_with_data("here")
    clock = Clock()
    assert _get(httpserver.url_for("/feed"), Manners(delay=0, backoff=0, attempts=3), clock) == b"here"
    assert clock.sleeps == [17]


def test_the_time_to_wait_may_be_a_date(httpserver: HTTPServer) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    httpserver.expect_ordered_request("/feed").respond_with_data(status=503, headers={"Retry-After": later})
    httpserver.expect_ordered_request("/feed").respond_with_data("here")
    clock = Clock()
    assert _get(httpserver.url_for("/feed"), Manners(delay=0, backoff=0, attempts=3), clock) == b"here"
    assert 50 < clock.sleeps[0] <= 60


@pytest.mark.parametrize("value", ["soon", "-5", "", "Wed, 99 Foo 2026 00:00:00 GMT", "1990-13-45"])
def test_a_time_to_wait_that_makes_no_sense_is_ignored(httpserver: HTTPServer, value: str) -> None:
    httpserver.expect_ordered_request("/feed").respond_with_data(status=503, headers={"Retry-After": value})
    httpserver.expect_ordered_request("/feed").respond_with_data("here")
    clock = Clock()
    assert _get(httpserver.url_for("/feed"), HASTY, clock) == b"here"
    assert clock.sleeps == [0]


def test_asked_to_wait_for_an_hour_we_give_up_and_say_so(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data(status=429, headers={"Retry-After": "3600"})
    clock = Clock()
    with pytest.raises(SourceUnavailable, match="wait 3600 seconds"):
        _get(httpserver.url_for("/feed"), HASTY, clock)
    assert len(httpserver.log) == 1
    assert clock.sleeps == []


def test_no_pause_leads_beyond_the_deadline(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data(status=503, headers={"Retry-After": "40"})
    clock = Clock()
    with pytest.raises(SourceUnavailable, match="status 503"):
        _get(httpserver.url_for("/feed"), Manners(delay=0, backoff=0, attempts=9, deadline=100), clock)
    assert clock.sleeps == [40, 40]


def test_nothing_is_asked_after_the_deadline(httpserver: HTTPServer) -> None:
    clock = Clock()
    with _client(Manners(delay=0, backoff=0, deadline=5), clock) as client:
        clock.now += 6
        with pytest.raises(SourceUnavailable, match="the time for this fetch is over"):
            client.get(httpserver.url_for("/feed"), _body)
    assert httpserver.log == []


def test_a_403_ends_it_at_once_with_advice(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data("go away", status=403)
    with pytest.raises(Refused, match="Check that CONTACT_EMAIL") as refusal:
        _get(httpserver.url_for("/feed"))
    assert refusal.value.body == b"go away"
    assert len(httpserver.log) == 1


def test_a_bad_request_is_not_repeated_and_its_answer_is_kept(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data("why", status=400)
    with pytest.raises(Refused, match="status 400") as refusal:
        _get(httpserver.url_for("/feed"))
    assert refusal.value.body == b"why"
    assert len(httpserver.log) == 1


def test_a_reader_may_ask_for_another_try(httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/feed").respond_with_data("half")
    httpserver.expect_ordered_request("/feed").respond_with_data("whole")

    def whole(answer: Answer) -> bytes:
        if answer.body != b"whole":
            raise TryAgain("only half of it came")
        return answer.body

    with _client() as client:
        assert client.get(httpserver.url_for("/feed"), whole) == b"whole"


def test_a_server_that_is_not_there_is_reported(unused_port: int) -> None:
    with pytest.raises(SourceUnavailable, match=r"127\.0\.0\.1 gave no usable answer: the connection failed"):
        _get(f"http://127.0.0.1:{unused_port}/feed")


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def mute_port() -> Iterator[int]:
    """Takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


def test_a_server_that_says_nothing_is_left_after_the_time_limit(mute_port: int) -> None:
    begun = time.monotonic()
    with pytest.raises(SourceUnavailable, match="it did not answer in time"):
        _get(f"http://127.0.0.1:{mute_port}/feed", Manners(delay=0, backoff=0, attempts=2, read=0.1))
    assert time.monotonic() - begun < 20, "and not after the half minute that is usual"


def test_an_answer_that_drips_ends_with_the_deadline(httpserver: HTTPServer) -> None:
    clock = Clock()

    def drip(_request: Request) -> Response:
        def drops() -> Iterator[bytes]:
            for _ in range(20):
                clock.now += 1
                yield b"x"

        return Response(drops())

    httpserver.expect_request("/feed").respond_with_handler(drip)
    with pytest.raises(SourceUnavailable, match="too slowly"):
        _get(httpserver.url_for("/feed"), Manners(delay=0, backoff=0, deadline=10), clock)
    assert len(httpserver.log) == 1


def _say(*answers: bytes) -> str:
    """The address of a server that says each of *answers*, byte by byte as it stands, to one visitor, and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener:
            for answer in answers:
                visitor, _address = listener.accept()
                with visitor:
                    visitor.recv(65536)
                    visitor.sendall(answer)

    Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/feed"


def test_a_connection_cut_in_the_middle_is_tried_again() -> None:
    half = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf"
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\ncomplete"
    assert _get(_say(half, whole)) == b"complete"


def test_something_that_does_not_speak_http_is_reported() -> None:
    with pytest.raises(SourceUnavailable, match="the connection failed"):
        _get(_say(b"220 mail.example ESMTP\r\n"), Manners(delay=0, backoff=0, attempts=1))


def test_an_answer_may_not_grow_without_end(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data(b"x" * 2000)
    with pytest.raises(Refused, match="more than 1,000 bytes"):
        _get(httpserver.url_for("/feed"), Manners(delay=0, most_bytes=1000))


def test_a_small_answer_that_unpacks_to_a_large_one_is_refused(httpserver: HTTPServer) -> None:
    packed = gzip.compress(b"x" * 1_000_000)
    httpserver.expect_request("/feed").respond_with_data(packed, headers={"Content-Encoding": "gzip"})
    with pytest.raises(Refused, match="more than 10,000 bytes"):
        _get(httpserver.url_for("/feed"), Manners(delay=0, most_bytes=10_000))


def test_a_redirect_on_the_same_server_is_followed_slowly(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/old").respond_with_data(status=301, headers={"Location": "/new?a=1"})
    httpserver.expect_request("/new", query_string="a=1").respond_with_data("here")
    clock = Clock()
    assert _get(httpserver.url_for("/old"), SLOW, clock) == b"here"
    assert clock.sleeps == [3, 3]


@pytest.mark.parametrize(
    "place", ["http://evil.example/feed", "https://localhost/feed", "ftp://localhost/feed", "http://localhost:1/feed"]
)
def test_a_redirect_to_anywhere_else_is_refused(httpserver: HTTPServer, place: str) -> None:
    httpserver.expect_request("/feed").respond_with_data(status=302, headers={"Location": place})
    with pytest.raises(Refused, match="which we do not follow"):
        _get(httpserver.url_for("/feed"))
    assert len(httpserver.log) == 1


def test_a_redirect_to_nonsense_is_refused() -> None:
    with pytest.raises(Refused, match="no address"):
        _get(_say(b"HTTP/1.1 302 Found\r\nLocation: http://localhost:port/\r\nContent-Length: 0\r\n\r\n"))


def test_redirects_in_a_circle_end(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data(status=302, headers={"Location": "/feed"})
    with pytest.raises(Refused, match="in a circle"):
        _get(httpserver.url_for("/feed"))
    assert len(httpserver.log) == 4


@pytest.mark.parametrize("url", ["file:///etc/passwd", "post.example/api", "http://", "http://localhost:port/"])
def test_only_web_addresses_are_asked(url: str) -> None:
    with pytest.raises(SourceUnavailable, match="address"):
        _get(url)


def test_a_host_that_asks_for_a_longer_wait_than_ours_is_asked_no_more(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data(status=429, headers={"Retry-After": "3600"})
    with PoliteClient(user_agent(), Manners(delay=0, backoff=0)) as client:
        for _ in range(2):
            with pytest.raises(SourceUnavailable, match="wait 3600 seconds"):
                client.get(httpserver.url_for("/feed"), _body)
    assert len(httpserver.log) == 1
