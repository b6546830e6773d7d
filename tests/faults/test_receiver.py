"""The receiving side of the fault suite writes down whole letters, and no others."""

import os
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.delivery import receiver
from tests.faults.delivery.receiver import Mischief, Received
from tests.processes import Child

pytestmark = pytest.mark.faults

ENVELOPE = b"EHLO me\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<ada@example.org>\r\nDATA\r\n"
LETTER = b"Subject: two\r\nMessage-ID: <1@post.example>\r\n\r\nMessage-ID: <2@post.example>\r\n"
WHOLE = Received(Counter({"ada@example.org": 1}), {"ada@example.org": {"<1@post.example>"}})


@contextmanager
def served(log: Path, mischief: Mischief) -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        child = Child(receiver.main, listener, log, mischief, environment=os.environ)
        with socket.create_connection(listener.getsockname()) as client:
            client.settimeout(30)
            yield client
    os.kill(child.pid, signal.SIGKILL)
    child.wait()


def said(client: socket.socket, data: bytes) -> bytes:
    """All that comes back when nothing more will be said."""
    client.sendall(data)
    client.shutdown(socket.SHUT_WR)
    heard = b""
    while more := client.recv(4096):
        heard += more
    return heard


def test_a_whole_letter_is_written_down_before_it_is_accepted(tmp_path: Path) -> None:
    log = tmp_path / "received"
    with served(log, Mischief()) as client:
        assert b"354 go on\r\n250 OK\r\n221" in said(client, ENVELOPE + LETTER + b".\r\nQUIT\r\n")
    assert receiver.read(log) == WHOLE


def test_half_a_letter_is_none(tmp_path: Path) -> None:
    log = tmp_path / "received"
    with served(log, Mischief()) as client:
        assert said(client, ENVELOPE + LETTER).endswith(b"354 go on\r\n")
    assert receiver.read(log) == Received()


@pytest.mark.parametrize(("does", "letters"), [("keep", 1), ("close", 0), ("451 later", 0)])
def test_a_letter_without_a_yes_is_taken_only_if_the_server_kept_it(tmp_path: Path, does: str, letters: int) -> None:
    log = tmp_path / "received"
    with served(log, Mischief("dot", does)) as client:
        heard = said(client, ENVELOPE + LETTER + b".\r\nQUIT\r\n")
    found = receiver.read(log)
    assert heard.count(b"250 OK") == 2, "to MAIL and RCPT"
    assert (found.letters.total(), found.strikes) == (letters, 1)
