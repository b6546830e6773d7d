"""Limits of one HTTP answer: its time in all, its bytes on the network, and its bytes unpacked."""

import socket
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Lock, Timer
from typing import Any

import httpx2

# The only Content-Encoding that we unpack.
ACCEPTED_ENCODING = "gzip"

UNPACKED_CHUNK_BYTES = 1 << 16


class TooSlow(Exception):
    """The request lasted longer than it may."""


class TooLarge(Exception):
    """The body has more bytes than it may."""


class DamagedBody(Exception):
    """The body cannot be unpacked; the text says why."""


class ConnectionWatch:
    """Watches the connection of a client, so that it can be cut at a deadline.

    Time-outs count from one byte to the next. A server that drips the status line, the headers or the body, or that
    keeps announcing that it will go on, would otherwise hold us for as long as it likes.
    """

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._cut: _ConnectionCut | None = None

    def trace(self, event: str, details: Mapping[str, Any]) -> None:
        """Note each new connection. httpx2 calls this as the `trace` extension of a request."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._socket = details["return_value"].get_extra_info("socket")
            if self._cut:
                self._cut.follow(self._socket)

    @contextmanager
    def cut_after(self, seconds: float) -> Iterator[None]:
        """Cut the connection when the request inside has not ended after *seconds*; raises TooSlow then."""
        self._cut = cut = _ConnectionCut(self._socket)
        timer = Timer(seconds, cut.make)
        timer.daemon = True
        timer.start()
        try:
            yield
            cut.raise_if_made()  # a body without a length ends in the same way as one that we cut
        except httpx2.TransportError:
            cut.raise_if_made()
            raise
        finally:
            timer.cancel()
            cut.forget()
            self._cut = None


class _ConnectionCut:
    """Ends the connection of one request, and never that of a later one."""

    def __init__(self, connection: socket.socket | None) -> None:
        self._socket = connection
        # The timer runs in a thread of its own.
        self._lock = Lock()
        self._is_made = False

    def make(self) -> None:
        with self._lock:
            self._is_made = True
            self._shut_down()

    def raise_if_made(self) -> None:
        if self._is_made:
            raise TooSlow

    def follow(self, connection: socket.socket | None) -> None:
        """Switch to the connection that replaced the earlier one, or that encrypts it."""
        with self._lock:
            self._socket = connection
            if self._is_made:
                self._shut_down()

    def forget(self) -> None:
        with self._lock:
            self._socket = None

    def _shut_down(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # it has ended by itself
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def unpack_body(chunks: Iterable[bytes], encoding: str, max_bytes: int) -> bytes:
    """Return the unpacked body.

    Raises TooLarge when it has more than *max_bytes*, packed or unpacked, and DamagedBody when it cannot be unpacked.
    """
    body = bytearray()
    for piece in _unpack_chunks(_limit_packed(chunks, max_bytes), encoding.strip().lower()):
        body += piece
        if len(body) > max_bytes:
            raise TooLarge
    return bytes(body)


def _limit_packed(chunks: Iterable[bytes], max_bytes: int) -> Iterator[bytes]:
    """Raise TooLarge after *max_bytes* packed bytes: they may go on for ever and unpack to nothing."""
    left = max_bytes
    for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            raise TooLarge
        yield chunk


def _unpack_chunks(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    if encoding in ("", "identity"):
        yield from chunks
    elif encoding in (ACCEPTED_ENCODING, "x-gzip"):
        yield from _gunzip(chunks)
    else:
        raise DamagedBody(f"it is packed as {encoding[:20]!r}, which we did not ask for")


def _gunzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack in pieces, because a few bytes may unpack to a thousand times as many. What follows the end is ignored."""
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    begun = False
    try:
        for chunk in chunks:
            begun = True
            piece = b"" if unpacker.eof else unpacker.decompress(chunk, UNPACKED_CHUNK_BYTES)
            while piece:
                yield piece
                piece = unpacker.decompress(unpacker.unconsumed_tail, UNPACKED_CHUNK_BYTES)
    except zlib.error as problem:
        raise DamagedBody(f"it cannot be unpacked ({problem})") from problem
    if begun and not unpacker.eof:
        raise DamagedBody("it was cut off")
