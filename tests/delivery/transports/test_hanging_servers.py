"""Servers that greet only some of our connections, drip, or fall silent: that costs seconds, once."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
from pytest_django import Settings

from digest.delivery.drain import Drained
from digest.delivery.outcomes.classify import Outcome, TransportDown
from digest.delivery.rate_limits import served_connections
from digest.delivery.transports import smtp_pool
from digest.delivery.transports.smtp_backend import EmailBackend
from digest.delivery.transports.smtp_pool import SmtpPool
from digest.delivery.workers.journal import NullJournal
from tests.delivery.draining import drain
from tests.delivery.envelopes import carried, envelope
from tests.delivery.outbox_rows import NOW, crowd, frozen_edition, planned

# What happens on the first, second … connection. The last one is repeated.
Talk = Callable[["Server", socket.socket], None]


class Server:
    """Speaks SMTP, or does not, on a connection of its own each."""

    def __init__(self, *talks: Talk) -> None:
        self.talks = talks
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.accepted, self.taken = 0, list[str]()
        self.over = threading.Event()
        self.connections: list[socket.socket] = []

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _address = self.listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections.append(connection)
                talk = self.talks[min(self.accepted, len(self.talks) - 1)]
                self.accepted += 1
                threading.Thread(target=self.talk, args=(talk, connection), daemon=True).start()

    def talk(self, talk: Talk, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            talk(self, connection)

    def close(self) -> None:
        self.over.set()
        self.listener.close()
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def greet(server: Server, connection: socket.socket) -> None:
    converse(server, connection, lambda command: 0.0)


def converse(server: Server, connection: socket.socket, delay: Callable[[str], float]) -> None:
    """Takes every letter. *delay* tells the seconds before the answer to a command."""
    lines = connection.makefile("rb")
    connection.sendall(b"220 ready\r\n")
    address = ""
    while line := lines.readline().decode():
        server.over.wait(delay(line))
        match line[:4].upper():
            case "EHLO":
                connection.sendall(b"250-here\r\n250 PIPELINING\r\n")
            case "RCPT":
                address = line
                connection.sendall(b"250 ok\r\n")
            case "DATA":
                connection.sendall(b"354 go\r\n")
                while lines.readline() != b".\r\n":
                    pass
                server.taken.append(address)
                connection.sendall(b"250 taken\r\n")
            case "QUIT":
                connection.sendall(b"221 bye\r\n")
                return
            case _:
                connection.sendall(b"250 ok\r\n")


def say_nothing(server: Server, connection: socket.socket) -> None:
    server.over.wait(60)


def drip(server: Server, connection: socket.socket) -> None:
    while not server.over.wait(0.02):
        connection.sendall(b"2")


def fall_silent(server: Server, connection: socket.socket) -> None:
    converse(server, connection, lambda command: 60.0 if command.startswith("RCPT") else 0.0)


@contextmanager
def server(settings: Settings, *talks: Talk) -> Iterator[Server]:
    found = Server(*talks)
    threading.Thread(target=found.serve, daemon=True).start()
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "digest.delivery.transports.smtp_backend.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = found.listener.getsockname()[1], 30
    try:
        yield found
    finally:
        found.close()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of a second for what takes seconds."""
    monkeypatch.setattr(smtp_pool, "SLOW_GREETING_SECONDS", 0.1)
    monkeypatch.setattr(smtp_pool, "MAX_GATHER_SECONDS", 0.1)
    monkeypatch.setattr(smtp_pool, "STALLED_SECONDS", 0.2)
    monkeypatch.setattr(smtp_pool, "MAX_QUIT_SECONDS", 0.1)
    monkeypatch.setattr(smtp_pool, "MAX_OPEN_SECONDS", 0.6)
    monkeypatch.setattr(smtp_pool, "MAX_OPEN_SECONDS_AFTER_SILENCE", 0.2)


@pytest.fixture
def begun() -> float:
    return time.monotonic()


ALL = dict.fromkeys(range(40), Outcome("accepted"))


@pytest.mark.parametrize("others", [say_nothing, drip])
def test_connections_that_are_not_greeted_hold_up_no_letter(
    settings: Settings, pool: SmtpPool, begun: float, others: Talk
) -> None:
    with server(settings, greet, others):
        assert carried(pool, [envelope(n) for n in range(40)]) == ALL
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("first", [say_nothing, drip])
def test_where_the_first_is_not_greeted_another_is_tried(
    settings: Settings, pool: SmtpPool, begun: float, first: Talk
) -> None:
    with server(settings, first, greet):
        assert carried(pool, [envelope(n) for n in range(40)]) == ALL
    assert time.monotonic() - begun < 2


@pytest.mark.django_db
def test_a_drain_remembers_how_many_are_greeted(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_pool, "MAX_GATHER_SECONDS", 0.3)
    settings.SMTP_CONNECTIONS = 4
    edition = frozen_edition()
    with server(settings, greet, greet, say_nothing) as relay:
        planned(edition, crowd(16))
        assert drain(edition) == Drained(accepted=16)
        assert relay.accepted == 4
        relay.talks = (greet,)
        planned(edition, crowd(16, first=100))
        assert drain(edition) == Drained(accepted=16)
        assert relay.accepted == 4 + 2, "no more than were served"


def test_nobody_is_waited_for_without_end(settings: Settings, begun: float) -> None:
    found: list[int] = []
    with server(settings, say_nothing):
        for known in (None, 0):
            pool = SmtpPool(EmailBackend, 4, NullJournal(), served_connections=known, remember_connections=found.append)
            with pytest.raises(TransportDown, match="answers too slowly"):
                pool.open()
            pool.close()
    assert found == [0], "the second one waited too short a time to know"
    assert time.monotonic() - begun < 2


def test_a_connection_that_falls_silent_gives_its_letters_to_the_others(settings: Settings, begun: float) -> None:
    found: list[int] = []
    pool = SmtpPool(EmailBackend, 4, NullJournal(), remember_connections=found.append)
    with server(settings, greet, fall_silent, greet, fall_silent, greet) as relay:
        pool.open()
        assert carried(pool, [envelope(n) for n in range(40)]) == ALL
        assert len(relay.taken) == 40
        pool.close()
    assert time.monotonic() - begun < 3
    assert found == [2], "other drains open no more"


def test_a_server_that_thinks_long_about_a_recipient_gets_the_time(settings: Settings, pool: SmtpPool) -> None:
    """It may ask the recipient's own server first."""

    def think(server: Server, connection: socket.socket) -> None:
        converse(server, connection, lambda command: 0.6 if "reader7@" in command else 0.0)

    with server(settings, think):
        assert carried(pool, [envelope(n) for n in range(40)]) == ALL


def test_a_server_that_does_not_say_goodbye_is_left(settings: Settings, pool: SmtpPool, begun: float) -> None:
    def stay(server: Server, connection: socket.socket) -> None:
        converse(server, connection, lambda command: 60.0 if command.startswith("QUIT") else 0.0)

    with server(settings, stay):
        carried(pool, [envelope(n) for n in range(40)])
        pool.close()
        assert time.monotonic() - begun < 2


@pytest.mark.django_db
def test_what_a_server_serves_is_known_for_an_hour() -> None:
    assert served_connections.recall(NOW) is None
    served_connections.remember(3, NOW)
    assert served_connections.recall(NOW + timedelta(minutes=59)) == 3
    assert served_connections.recall(NOW + timedelta(minutes=61)) is None
    assert served_connections.recall(NOW - timedelta(hours=1)) is None, "the clock was set back"


@pytest.mark.django_db
def test_that_a_server_greeted_nobody_is_known_for_minutes() -> None:
    served_connections.remember(0, NOW)
    assert served_connections.recall(NOW + timedelta(minutes=9)) == 0
    assert served_connections.recall(NOW + timedelta(minutes=11)) is None
