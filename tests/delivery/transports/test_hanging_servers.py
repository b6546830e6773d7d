"""Servers that greet only some of our connections, drip, or fall silent: that costs seconds, once."""

import socket
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from digest.delivery.drain import Drained
from digest.delivery.outcomes.classify import Outcome
from digest.delivery.sending_errors import TransportDown
from digest.delivery.transports import served_connections, smtp_pool
from digest.delivery.transports.smtp_backend import EmailBackend
from digest.delivery.transports.smtp_pool import SmtpPool
from digest.delivery.workers.journal import NullJournal
from digest.models import Delivery
from tests.delivery.draining import drain
from tests.delivery.envelopes import carried, envelope
from tests.delivery.outbox_rows import NOW, crowd, frozen_edition, planned
from tests.delivery.talking_server import Server, Talk, converse, drip, fall_silent, greet, say_nothing, server


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
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("first", [say_nothing, drip])
def test_where_the_first_is_not_greeted_another_is_tried(
    settings: Settings, pool: SmtpPool, begun: float, first: Talk
) -> None:
    with server(settings, first, greet):
        assert carried(pool, [envelope(n) for n in range(40)]) == ALL
    assert time.monotonic() - begun < 10


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
    assert time.monotonic() - begun < 10


def test_a_connection_that_falls_silent_gives_its_letters_away(settings: Settings, begun: float) -> None:
    found: list[int] = []
    pool = SmtpPool(EmailBackend, 4, NullJournal(), remember_connections=found.append)
    with server(settings, greet, fall_silent, greet, fall_silent, greet) as relay:
        pool.open()
        assert carried(pool, [envelope(n) for n in range(40)]) == ALL
        assert len(relay.taken) == 40
        pool.close()
    assert time.monotonic() - begun < 10
    assert found == [2], "other drains open no more"


def test_a_server_that_thinks_long_about_a_recipient_gets_the_time(settings: Settings, pool: SmtpPool) -> None:
    """It may ask the recipient's own server first."""

    def think(server: Server, connection: socket.socket) -> None:
        converse(server, connection, lambda command: 0.6 if "reader7@" in command else 0.0)

    with server(settings, think):
        assert carried(pool, [envelope(n) for n in range(40)]) == ALL


def slow_for(address: str, seconds: float) -> Talk:
    def think(server: Server, connection: socket.socket) -> None:
        converse(server, connection, lambda command: seconds if command[:4] == "RCPT" and address in command else 0.0)

    return think


@pytest.mark.parametrize("seconds", [0.3, 0.6])
def test_slowness_about_a_recipient_takes_no_connection(settings: Settings, seconds: float) -> None:
    found: list[int] = []
    pool = SmtpPool(EmailBackend, 4, NullJournal(), remember_connections=found.append)
    with server(settings, slow_for("reader7", seconds)):
        for first in (0, 100):
            assert carried(pool, [envelope(n) for n in range(first, first + 40)]) == {
                n: Outcome("accepted") for n in range(first, first + 40)
            }
        assert pool._max_connections == 4
        pool.close()
    assert found == []


def test_a_letter_that_stalls_twice_takes_no_connection(settings: Settings) -> None:
    """A server that gathers its replies says nothing to MAIL either while it thinks about the recipient."""
    found: list[int] = []

    def think(server: Server, connection: socket.socket) -> None:
        lines = connection.makefile("rb")
        connection.sendall(b"220 ready\r\n")
        while line := lines.readline():
            if line.startswith(b"ehlo"):
                connection.sendall(b"250-here\r\n250 PIPELINING\r\n")
            elif line.startswith(b"RCPT"):
                server.over.wait(0.6 if b"reader7@" in line else 0.0)
                connection.sendall(b"250 ok\r\n250 ok\r\n")
            elif line.startswith(b"DATA"):
                connection.sendall(b"354 go\r\n")
                while lines.readline() != b".\r\n":
                    pass
                connection.sendall(b"250 taken\r\n")

    pool = SmtpPool(EmailBackend, 4, NullJournal(), remember_connections=found.append)
    with server(settings, think):
        assert carried(pool, [envelope(n) for n in range(40)]) == ALL
        pool.close()
    assert found == []


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["MAIL", "RCPT"])
def test_a_server_that_hangs_after_the_greeting_is_down(
    settings: Settings, begun: float, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(server: Server, connection: socket.socket) -> None:
        converse(server, connection, lambda said: 60.0 if said.startswith(command) else 0.0)

    edition, readers = frozen_edition(), crowd(40)
    for reader in readers:
        reader.email = reader.email_key = f"reader@uni{reader.id}.example"
        reader.save()
    planned(edition, readers)
    with server(settings, hang):
        settings.EMAIL_TIMEOUT = 0.5
        found = drain(edition)
        assert (found.is_down, found.deferred, "answers too slowly" in found.halted) == (True, 0, True)
        assert set(Delivery.objects.values_list("state", "attempts")) == {("pending", 0)}
        assert served_connections.recall(timezone.now()) == 0
        settings.EMAIL_TIMEOUT = 30
        assert drain(edition).is_down, "the next one asks for a short time"
    assert time.monotonic() - begun < 20


def test_a_server_that_does_not_say_goodbye_is_left(settings: Settings, pool: SmtpPool, begun: float) -> None:
    def stay(server: Server, connection: socket.socket) -> None:
        converse(server, connection, lambda command: 60.0 if command.startswith("QUIT") else 0.0)

    with server(settings, stay):
        carried(pool, [envelope(n) for n in range(40)])
        pool.close()
        assert time.monotonic() - begun < 10


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
