"""What is said on a connection, byte by byte, to mail servers that answer as they please."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pytest_django import Settings

from digest.delivery.outcomes.classify import Outcome
from digest.delivery.sending_errors import TransportDown
from digest.delivery.transports import smtp_backend
from digest.delivery.transports.smtp_pool import SmtpPool
from subscriptions.email.mail_answers import Fault, Stage
from tests.delivery.envelopes import carried, envelope

GREETING = b"220 ready\r\n"
EHLO = b"250-here\r\n250-PIPELINING\r\n250 8BITMIME\r\n"


@contextmanager
def server(settings: Settings, *talks: Callable[[socket.socket], None]) -> Iterator[list[bytes]]:
    """Greets, and then follows each talk on a connection of its own. Gives what it was told."""
    listener, heard = socket.create_server(("127.0.0.1", 0)), list[bytes]()

    def serve() -> None:
        for talk in talks:
            try:
                connection, _address = listener.accept()
                with connection:
                    connection.settimeout(5)
                    connection.sendall(GREETING)
                    connection.recv(1000)
                    connection.sendall(EHLO)
                    heard.append(connection.recv(100_000))
                    talk(connection)
            except OSError:
                pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "digest.delivery.transports.smtp_backend.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = listener.getsockname()[1], 2
    yield heard
    listener.close()
    thread.join(5)


def until_the_dot(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n.\r\n" not in data:
        data += connection.recv(100_000)
    return data


def test_commands_of_a_letter_go_out_together(settings: Settings, pool: SmtpPool) -> None:
    def take(connection: socket.socket) -> None:
        connection.sendall(b"250 ok\r\n250 ok\r\n354 go\r\n")
        until_the_dot(connection)
        connection.sendall(b"250 taken\r\n")

    with server(settings, take) as heard:
        assert carried(pool, [envelope(1)]) == {1: Outcome("accepted")}
    assert heard == [b"MAIL FROM:<letters@post.example> BODY=8BITMIME\r\nRCPT TO:<reader1@example.org>\r\nDATA\r\n"]


def test_a_refused_letters_text_is_never_sent(settings: Settings, pool: SmtpPool) -> None:
    told_after: list[bytes] = []

    def ask_all_the_same(connection: socket.socket) -> None:
        connection.sendall(b"250 ok\r\n550 5.1.1 unknown\r\n354 go\r\n")
        told_after.append(connection.recv(1000))

    def take(connection: socket.socket) -> None:
        connection.sendall(b"250 ok\r\n250 ok\r\n354 go\r\n")
        until_the_dot(connection)
        connection.sendall(b"250 taken\r\n")

    with server(settings, ask_all_the_same, take):
        told = carried(pool, [envelope(1), envelope(2)])
    assert told == {1: Outcome("failed", "550 5.1.1 unknown", Fault.GONE, Stage.RCPT), 2: Outcome("accepted")}
    assert told_after == [b""]


def test_a_letter_cut_off_before_its_last_dot_is_sent_again(settings: Settings, pool: SmtpPool) -> None:
    def take(connection: socket.socket) -> None:
        connection.sendall(b"250 ok\r\n250 ok\r\n354 go\r\n")
        until_the_dot(connection)
        connection.sendall(b"250 taken\r\n")

    def hang_up(connection: socket.socket) -> None:
        connection.sendall(b"421 4.3.2 shutting down\r\n")

    with server(settings, hang_up, take):
        assert carried(pool, [envelope(1)]) == {1: Outcome("accepted")}


def test_a_reply_that_drips_times_out_like_one_that_is_missing(
    settings: Settings, pool: SmtpPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_backend, "MAX_REPLY_SECONDS", 0.2)

    def drip(connection: socket.socket) -> None:
        for _ in range(100):
            connection.sendall(b"2")
            threading.Event().wait(0.02)

    with server(settings, drip, drip):
        told = carried(pool, [envelope(1)])
    assert told[1].kind == "down", "it answers no connection"
    assert "the server answers too slowly" in told[1].reason


def test_a_reply_without_end_is_not_read_to_its_end(settings: Settings, pool: SmtpPool) -> None:
    def never_end(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"250-and another line\r\n" * 50)

    with server(settings, never_end, never_end):
        assert carried(pool, [envelope(1)]) == {
            1: Outcome("deferred", "the server's answer does not end", Fault.NETWORK)
        }


def test_an_unknown_reply_is_tried_twice_and_then_put_off(settings: Settings, pool: SmtpPool) -> None:
    def babble(connection: socket.socket) -> None:
        connection.sendall(b"hello there\r\n" * 3)

    with server(settings, babble, babble) as heard:
        assert carried(pool, [envelope(1)])[1].kind == "deferred"
    assert len(heard) == 2


def test_nobody_there_is_down(settings: Settings, pool: SmtpPool) -> None:
    with server(settings):
        pass
    at = f"127.0.0.1:{settings.EMAIL_PORT}"
    with pytest.raises(TransportDown, match=f"^No connection to the mail server {at}: Connection refused$"):
        pool.open()
