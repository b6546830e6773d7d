"""Opens connections to a mail server in threads: one that does not greet, or drips, holds up no letter."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from digest.delivery.transports.smtp_backend import EmailBackend

WAKE_BYTES = 4096


class ConnectionOpener:
    """Begins connections, and hands over those that the server has greeted. It is used by one thread.

    *reader* is readable when one is ready or has failed.
    """

    def __init__(self, create_backend: Callable[[], EmailBackend]) -> None:
        self._create_backend = create_backend
        self._results: SimpleQueue[tuple[int, EmailBackend | Exception]] = SimpleQueue()
        # Number of an attempt → when it began.
        self._begun_at: dict[int, float] = {}
        self._attempts = 0
        self._lock = threading.Lock()
        self._is_closed = False
        self.reader, self._writer = socket.socketpair()
        self.reader.setblocking(False)

    @property
    def pending(self) -> int:
        """Return how many connections were begun and have neither opened nor failed."""
        return len(self._begun_at)

    def count_older_than(self, seconds: float) -> int:
        """Return how many have been pending for longer."""
        return sum(time.monotonic() - begun > seconds for begun in self._begun_at.values())

    def begin(self) -> None:
        self._attempts += 1
        self._begun_at[self._attempts] = time.monotonic()
        name = f"smtp-opener-{self._attempts}"
        threading.Thread(target=self._open, args=(self._attempts,), name=name, daemon=True).start()

    def take(self, seconds: float = 0.0) -> EmailBackend | None:
        """Return a connection that has opened, or None if none has within *seconds*.

        Raises the error of one that failed.
        """
        try:
            attempt, result = self._results.get(timeout=seconds) if seconds > 0 else self._results.get_nowait()
        except Empty:
            return None
        self._begun_at.pop(attempt, None)
        if isinstance(result, Exception):
            raise result
        return result

    def clear_wake_ups(self) -> None:
        with suppress(BlockingIOError):
            self.reader.recv(WAKE_BYTES)

    def close(self) -> None:
        """Close what was not taken. What opens later is closed by its thread."""
        with self._lock:
            self._is_closed = True
            self.reader.close()
            self._writer.close()
        with suppress(Empty):
            while True:
                _close_at_once(self._results.get_nowait()[1])

    def _open(self, attempt: int) -> None:
        result: EmailBackend | Exception
        try:
            result = self._create_backend()
            result.open()
        except Exception as error:  # whatever it is, the thread that waits must get it
            result = error
        with self._lock:
            if not self._is_closed:
                self._results.put((attempt, result))
                self._writer.send(b".")
                return
        _close_at_once(result)


def _close_at_once(result: EmailBackend | Exception) -> None:
    client: Any = None if isinstance(result, Exception) else result.connection
    if client:
        client.close()
