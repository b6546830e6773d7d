"""What one answer may cost: so much time in all, so many bytes on the way, so many unpacked."""

import socket
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Lock, Timer
from typing import Any

import httpx2

# The one way of packing that we understand.
ACCEPTED_ENCODING = "gzip"

MAX_CHUNK_BYTES = 1 << 16


class TooSlow(Exception):
    """The request lasted longer than it may."""


class TooLarge(Exception):
    pass


class DamagedBody(Exception):
    """The body cannot be unpacked; the text says why."""


class ConnectionWatch:
    """Sees the connection of a client, to cut it at a deadline.

    Time-outs count from one byte to the next: a server that drips the status line, the headers or the body, or says
    for ever that it will go on, would hold us as long as it likes.
    """

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._cut: _Cut | None = None

    def watch(self, event: str, details: Mapping[str, Any]) -> None:
        """The trace of a request, as httpx2 calls it: tells of each connection that is made."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._socket = details["return_value"].get_extra_info("socket")
            if self._cut:
                self._cut.follow(self._socket)

    @contextmanager
    def no_longer_than(self, seconds: float) -> Iterator[None]:
        """TooSlow when the requests inside have not ended by then."""
        self._cut = cut = _Cut(self._socket)
        timer = Timer(seconds, cut)
        timer.daemon = True
        timer.start()
        try:
            yield
            cut.check()  # where the body has no length, its end and our cut look alike
        except httpx2.TransportError:
            cut.check()
            raise
        finally:
            timer.cancel()
            cut.forget()
            self._cut = None


class _Cut:
    """Ends the connection of one request, and after that request none."""

    def __init__(self, connection: socket.socket | None) -> None:
        self._socket = connection
        self._lock = Lock()
        self._made = False

    def __call__(self) -> None:
        with self._lock:
            self._made = True
            self._end()

    def check(self) -> None:
        if self._made:
            raise TooSlow

    def follow(self, connection: socket.socket | None) -> None:
        """The connection is another one, or became an encrypted one."""
        with self._lock:
            self._socket = connection
            if self._made:
                self._end()

    def forget(self) -> None:
        with self._lock:
            self._socket = None

    def _end(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # it has ended by itself
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def unpack_body(chunks: Iterable[bytes], encoding: str, most: int) -> bytes:
    """The body. TooLarge when it, packed or unpacked, has more than *most* bytes; Damaged when it cannot be read."""
    body = bytearray()
    for piece in _pieces(_at_most(chunks, most), encoding.strip().lower()):
        body += piece
        if len(body) > most:
            raise TooLarge
    return bytes(body)


def _at_most(chunks: Iterable[bytes], most: int) -> Iterator[bytes]:
    """Stop after *most* packed bytes: they may go on for ever and unpack to nothing."""
    left = most
    for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise TooLarge
        yield chunk


def _pieces(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    if encoding in ("", "identity"):
        yield from chunks
    elif encoding in (ACCEPTED_ENCODING, "x-gzip"):
        yield from _unzipped(chunks)
    else:
        raise DamagedBody(f"it is packed as {encoding[:20]!r}, which we did not ask for")


def _unzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack in pieces: a few bytes may unpack to a thousand times as many. What follows the end is ignored."""
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    begun = False
    try:
        for chunk in chunks:
            begun = True
            piece = b"" if unpacker.eof else unpacker.decompress(chunk, MAX_CHUNK_BYTES)
            while piece:
                yield piece
                piece = unpacker.decompress(unpacker.unconsumed_tail, MAX_CHUNK_BYTES)
    except zlib.error as problem:
        raise DamagedBody(f"it cannot be unpacked ({problem})") from problem
    if begun and not unpacker.eof:
        raise DamagedBody("it was cut off")
