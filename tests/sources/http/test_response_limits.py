"""However a server sends its answer, it costs us only so much time and so many bytes."""

import gzip
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

import pytest

from digest.domain import SourceUnavailable
from digest.sources.http.client import HttpAnswer, PoliteClient, Politeness, Refused
from digest.sources.http.response_limits import DamagedBody, TooLarge, unpack_body

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere"
# Five seconds from byte to byte, but not half a second in all.
PATIENT = Politeness(
    delay=0, initial_backoff=0, max_attempts=1, connect_timeout=1, read_timeout=5, max_response_seconds=0.4
)

Say = Callable[[socket.socket, Event], None]


@contextmanager
def _server(*answers: Say) -> Iterator[str]:
    """The address of a server that treats each visitor in its own way, the last way for all further ones."""
    over = Event()

    def serve() -> None:
        for say in answers:
            with suppress(OSError):
                visitor, _address = listener.accept()
                with visitor:
                    visitor.recv(65536)
                    say(visitor, over)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/feed"
        over.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    assert not thread.is_alive()


def _drip(head: bytes, drop: bytes, pause: float = 0.05) -> Say:
    def say(visitor: socket.socket, over: Event) -> None:
        visitor.sendall(head)
        while not over.wait(pause):
            visitor.sendall(drop)

    return say


def _whole(visitor: socket.socket, _over: Event) -> None:
    visitor.sendall(OK)


def _body(answer: HttpAnswer) -> bytes:
    return answer.body


def _get(url: str, politeness: Politeness = PATIENT) -> bytes:
    with PoliteClient("tests", politeness) as client:
        return client.get(url, _body)


GZIP = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
GZIP_HEAD = zlib.compressobj(wbits=zlib.MAX_WBITS | 16).flush(zlib.Z_SYNC_FLUSH)
EMPTY_BLOCK = b"\x00\x00\x00\xff\xff"


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        pytest.param(b"HTTP/1.1 200 ", b"x", id="the status line"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", b"X: 1\r\n", id="the headers"),
        pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n", id="promises to go on"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n", b"x", id="the body"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n", b"x", id="a body without length"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x", id="the head of a chunk"),
        pytest.param(GZIP + _chunk(GZIP_HEAD), _chunk(EMPTY_BLOCK), id="packed nothing"),
    ],
)
def test_a_server_that_drips_is_left_at_the_deadline(head: bytes, drop: bytes) -> None:
    begun = time.monotonic()
    with _server(_drip(head, drop)) as url, pytest.raises(SourceUnavailable, match="the answer came too slowly"):
        _get(url)
    assert time.monotonic() - begun < 4, "and not after the five seconds of a silence, or never"


def test_the_deadline_of_the_whole_fetch_holds_too() -> None:
    begun = time.monotonic()
    politeness = Politeness(
        delay=0,
        initial_backoff=0,
        max_attempts=9,
        connect_timeout=1,
        read_timeout=5,
        max_response_seconds=60,
        deadline=0.4,
    )
    with _server(_drip(b"HTTP/1.1 200 ", b"x")) as url, pytest.raises(SourceUnavailable):
        _get(url, politeness)
    assert time.monotonic() - begun < 4


def test_the_attempt_after_a_dripping_answer_may_succeed() -> None:
    politeness = Politeness(
        delay=0, initial_backoff=0, max_attempts=2, connect_timeout=1, read_timeout=5, max_response_seconds=0.4
    )
    with _server(_drip(b"HTTP/1.1 200 ", b"x"), _whole) as url:
        assert _get(url, politeness) == b"here"


def test_a_reused_connection_is_watched_as_well() -> None:
    def first_well_then_slowly(visitor: socket.socket, over: Event) -> None:
        visitor.sendall(OK)
        visitor.recv(65536)
        _drip(b"HTTP/1.1 200 ", b"x")(visitor, over)

    with _server(first_well_then_slowly) as url, PoliteClient("tests", PATIENT) as client:
        assert client.get(url, _body) == b"here"
        with pytest.raises(SourceUnavailable, match="too slowly"):
            client.get(url, _body)


def test_a_deadline_that_is_over_ends_no_later_request() -> None:
    def twice(visitor: socket.socket, _over: Event) -> None:
        visitor.sendall(OK)
        visitor.recv(65536)
        visitor.sendall(OK)

    with _server(twice) as url, PoliteClient("tests", PATIENT) as client:
        assert client.get(url, _body) == b"here"
        time.sleep(PATIENT.max_response_seconds + 0.1)
        assert client.get(url, _body) == b"here"


def test_endless_packed_bytes_that_hold_nothing_are_refused() -> None:
    flood = _drip(GZIP + _chunk(GZIP_HEAD), _chunk(EMPTY_BLOCK * 2000), pause=0.0001)
    politeness = Politeness(delay=0, max_attempts=1, max_response_seconds=20, max_response_bytes=100_000)
    with _server(flood) as url, pytest.raises(Refused, match="more than 100,000 bytes"):
        _get(url, politeness)


def test_a_refusal_stands_though_its_explanation_never_ends() -> None:
    forbidden = _drip(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 900000\r\n\r\n", b"x")
    with _server(forbidden) as url, pytest.raises(Refused, match="refuses our requests"):
        _get(url)


def test_a_packed_body_is_unpacked_unchanged() -> None:
    text = bytes(range(256)) * 5000
    packed = gzip.compress(text)
    for size in (1, 100, len(packed)):
        chunks = (packed[start : start + size] for start in range(0, len(packed), size))
        assert unpack_body(chunks, "gzip", len(text)) == text
    assert unpack_body([gzip.compress(b"x" * 3_000_000)], "GZIP", 3_000_000) == b"x" * 3_000_000
    assert unpack_body([b"as it ", b"is"], "", 8) == b"as it is"
    assert unpack_body([], "gzip", 8) == b""


def test_a_packed_body_that_is_cut_off_is_damaged() -> None:
    packed = gzip.compress(b"a feed that goes on")
    for end in range(1, len(packed)):
        with pytest.raises(DamagedBody):
            unpack_body([packed[:end]], "gzip", 1000)


def test_another_content_encoding_is_not_guessed_at() -> None:
    with pytest.raises(DamagedBody, match="'br', which we did not ask for"):
        unpack_body([b"x"], "br", 1000)
    with pytest.raises(DamagedBody, match="cannot be unpacked"):
        unpack_body([b"not packed at all"], "gzip", 1000)


def test_a_body_may_be_too_large_neither_packed_nor_unpacked() -> None:
    with pytest.raises(TooLarge):
        unpack_body([gzip.compress(b"x" * 1001)], "gzip", 1000)
    with pytest.raises(TooLarge):
        unpack_body([GZIP_HEAD, *[EMPTY_BLOCK] * 1000], "gzip", 1000)
