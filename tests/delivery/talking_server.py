"""A mail server that does on each of its connections what a test says, byte by byte."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from pytest_django import Settings

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
    converse(server, connection, lambda command: 60.0 if command.startswith("MAIL") else 0.0)


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
