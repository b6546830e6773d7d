"""Mail servers that answer oddly, slowly or without end, and a database that goes away at the wrong moment."""

import smtplib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from pytest_django import Settings

from digest.delivery import drain, outbox
from digest.delivery.transports import smtp_backend
from digest.delivery.transports.smtp_backend import EmailBackend
from digest.domain import Letter, LetterOrder
from digest.infra.database_retry import retry_on_disconnect
from digest.models import Delivery, Edition
from subscriptions.reader import Reader
from tests.delivery import talking_server
from tests.delivery.letters import TinyRenderer
from tests.delivery.outbox_rows import NOW, crowd, frozen_edition, planned, states
from tests.delivery.smtp_server import PostOffice
from tests.delivery.talking_server import Server

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition() -> Edition:
    return frozen_edition()


@pytest.mark.parametrize("answer", ["251 queued elsewhere", "200 ok", "250-two\r\n250 lines"])
def test_any_yes_after_the_whole_letter_is_a_yes(edition: Edition, post_office: PostOffice, answer: str) -> None:
    post_office.on_data = lambda address: answer
    planned(edition, crowd(2))
    assert drain.drain(edition, TinyRenderer(), now=lambda: NOW).accepted == 2
    assert post_office.doubles == []


@pytest.mark.parametrize("answer", ["354 more", "OK queued as 17", "150 wait"])
def test_no_valid_final_reply_leaves_the_letter_uncertain(
    edition: Edition, post_office: PostOffice, answer: str
) -> None:
    post_office.on_data = lambda address: answer
    planned(edition, crowd(1))
    assert drain.drain(edition, TinyRenderer(), now=lambda: NOW).uncertain == 1
    drain.drain(edition, TinyRenderer(), now=lambda: NOW)
    assert len(post_office.message_ids) == 1


@contextmanager
def server(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Says what *talk* says to whoever connects, on a port of its own, until the test is over."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            connection, _address = listener.accept()
            with connection:
                talk(connection)
        except OSError:
            pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.close()


def drip(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"2")
        time.sleep(0.02)


def never_end(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"220-and another line\r\n" * 50)


@pytest.mark.parametrize("talk", [drip, never_end])
def test_a_greeting_without_end_does_not_hold_us_up(
    talk: Callable[[socket.socket], None], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_backend, "MAX_REPLY_SECONDS", 0.2)
    with server(talk) as port:
        settings.EMAIL_TIMEOUT = 30
        begun = time.monotonic()
        with pytest.raises((smtplib.SMTPException, OSError)):
            EmailBackend(host="127.0.0.1", port=port).open()
        assert time.monotonic() - begun < 10


@pytest.mark.parametrize("challenge", [b"334 a", b"334 abcde"])
def test_a_challenge_that_makes_no_sense_ends_the_drain(edition: Edition, settings: Settings, challenge: bytes) -> None:
    def challenge_us(server: Server, connection: socket.socket) -> None:
        connection.sendall(b"220 ready\r\n")
        for line in connection.makefile("rb"):
            answers = {b"EHLO": b"250-here\r\n250 AUTH CRAM-MD5", b"AUTH": challenge}
            connection.sendall(answers.get(line[:4].upper(), b"250 ok") + b"\r\n")

    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = "secret"
    with talking_server.server(settings, challenge_us):
        planned(edition, crowd(3))
        found = drain.drain(edition, TinyRenderer(), now=lambda: NOW)
    assert "makes no sense" in found.halted
    assert (found.is_down, states(edition)) == (True, {"pending": 3})


class Unready(TinyRenderer):
    """A renderer that lacks a setting."""

    def letter(self, reader: Reader, order: LetterOrder) -> Letter:
        raise ImproperlyConfigured("SECRET_KEY is empty")


def test_a_missing_setting_costs_nobody_their_letter(edition: Edition) -> None:
    planned(edition, crowd(3))
    with pytest.raises(ImproperlyConfigured):
        drain.drain(edition, Unready(), now=lambda: NOW)
    assert states(edition) == {"pending": 3}
    assert drain.drain(edition, TinyRenderer(), now=lambda: NOW).accepted == 3


def test_an_acceptance_is_recorded_once_the_database_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def write() -> str:
        calls.append(1)
        if len(calls) < 3:
            raise OperationalError("terminating connection due to administrator command")
        return "written"

    monkeypatch.setattr("digest.infra.database_retry.connection", Away())
    assert retry_on_disconnect(write, pauses=(0, 0, 0)) == "written"
    assert len(calls) == 3


def test_a_database_that_stays_away_is_an_error_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def write() -> str:
        raise OperationalError("gone")

    monkeypatch.setattr("digest.infra.database_retry.connection", Away())
    with pytest.raises(OperationalError):
        retry_on_disconnect(write, pauses=(0, 0))


class Away:
    in_atomic_block = False

    def close(self) -> None:
        """There is nothing to close."""


@pytest.mark.django_db(transaction=True)
def test_a_drain_asks_surely_for_every_outcome(
    edition: Edition, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.infra.database_retry.RETRY_PAUSES_SECONDS", (0,))
    accepted, failures = outbox.mark_accepted, iter([OperationalError("restarting")])

    def away_once(*args: object) -> None:
        if error := next(failures, None):
            raise error
        accepted(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "mark_accepted", away_once)
    monkeypatch.setattr("digest.infra.database_retry.connection", Away())
    planned(edition, crowd(1))
    assert drain.drain(edition, TinyRenderer(), now=lambda: NOW).accepted == 1
    assert Delivery.objects.get().state == "accepted"
