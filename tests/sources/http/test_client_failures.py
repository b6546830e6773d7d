"""Servers that are not there, say nothing, say too much, or lead elsewhere."""

import gzip
import socket
import time
from collections.abc import Iterator
from threading import Thread

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from digest.domain import SourceUnavailable
from digest.sources.http.client import Politeness, Refused
from tests.sources.clock import Clock
from tests.sources.quick_client import SLOW, get


def test_a_server_that_is_not_there_is_reported(unused_port: int) -> None:
    said = rf"127\.0\.0\.1:{unused_port} gave no usable answer: the connection failed \(.*refused"
    with pytest.raises(SourceUnavailable, match=said):
        get(f"http://127.0.0.1:{unused_port}/feed")


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


def test_a_silent_server_is_left_after_the_time_limit(mute_port: int) -> None:
    begun = time.monotonic()
    with pytest.raises(SourceUnavailable, match="it did not answer in time"):
        get(
            f"http://127.0.0.1:{mute_port}/feed",
            Politeness(delay=0, initial_backoff=0, max_attempts=2, read_timeout=0.1),
        )
    assert time.monotonic() - begun < 20, "and not after the half minute that is usual"


def test_a_dripping_answer_ends_with_the_deadline(httpserver: HTTPServer) -> None:
    clock = Clock()

    def drip(_request: Request) -> Response:
        def drops() -> Iterator[bytes]:
            for _ in range(20):
                clock.now += 1
                yield b"x"

        return Response(drops())

    httpserver.expect_request("/feed").respond_with_handler(drip)
    with pytest.raises(SourceUnavailable, match="too slowly"):
        get(httpserver.url_for("/feed"), Politeness(delay=0, initial_backoff=0, deadline=10), clock)
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
    assert get(_say(half, whole)) == b"complete"


def test_something_that_does_not_speak_http_is_reported() -> None:
    with pytest.raises(SourceUnavailable, match="the connection failed"):
        get(_say(b"220 mail.example ESMTP\r\n"), Politeness(delay=0, initial_backoff=0, max_attempts=1))


def test_an_answer_may_not_grow_without_end(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data(b"x" * 2000)
    with pytest.raises(Refused, match="more than 1,000 bytes"):
        get(httpserver.url_for("/feed"), Politeness(delay=0, max_response_bytes=1000))


def test_a_small_answer_that_unpacks_to_a_large_one_is_refused(httpserver: HTTPServer) -> None:
    packed = gzip.compress(b"x" * 1_000_000)
    httpserver.expect_request("/feed").respond_with_data(packed, headers={"Content-Encoding": "gzip"})
    with pytest.raises(Refused, match="more than 10,000 bytes"):
        get(httpserver.url_for("/feed"), Politeness(delay=0, max_response_bytes=10_000))


def test_a_redirect_on_the_same_server_is_followed_slowly(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/old").respond_with_data(status=301, headers={"Location": "/new?a=1"})
    httpserver.expect_request("/new", query_string="a=1").respond_with_data("here")
    clock = Clock()
    assert get(httpserver.url_for("/old"), SLOW, clock) == b"here"
    assert clock.sleeps == [3, 3]


@pytest.mark.parametrize(
    "place", ["http://evil.example/feed", "https://localhost/feed", "ftp://localhost/feed", "http://localhost:1/feed"]
)
def test_a_redirect_to_anywhere_else_is_refused(httpserver: HTTPServer, place: str) -> None:
    httpserver.expect_request("/feed").respond_with_data(status=302, headers={"Location": place})
    with pytest.raises(Refused, match="which we do not follow"):
        get(httpserver.url_for("/feed"))
    assert len(httpserver.log) == 1


def test_a_redirect_to_nonsense_is_refused() -> None:
    with pytest.raises(Refused, match="no address"):
        get(_say(b"HTTP/1.1 302 Found\r\nLocation: http://localhost:port/\r\nContent-Length: 0\r\n\r\n"))


def test_redirects_in_a_circle_end(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data(status=302, headers={"Location": "/feed"})
    with pytest.raises(Refused, match="in a circle"):
        get(httpserver.url_for("/feed"))
    assert len(httpserver.log) == 4


@pytest.mark.parametrize("url", ["file:///etc/passwd", "post.example/api", "http://", "http://localhost:port/"])
def test_only_web_addresses_are_asked(url: str) -> None:
    with pytest.raises(SourceUnavailable, match="address"):
        get(url)
