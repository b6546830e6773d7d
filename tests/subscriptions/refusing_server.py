"""A mail server that refuses at the command that a test names, until the test mends it."""

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from pytest_django import Settings

COMMANDS = {"EHLO": "HELO", "HELO": "HELO", "AUTH": "AUTH", "MAIL": "MAIL", "RCPT": "RCPT"}


class RefusingServer(socketserver.ThreadingTCPServer):
    """Real SMTP with AUTH, on a free port. `answers` are by stage; a stage without one is answered well."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Dialogue)
        self.answers: dict[str, str] = {}
        # Whose address has this in it is taken in any case.
        self.known = "nobody@"
        self.recipients: list[str] = []
        self.connections = 0

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Dialogue(socketserver.StreamRequestHandler):
    server: RefusingServer

    def handle(self) -> None:
        self.server.connections += 1
        if self.say("BANNER", "220 mail.example"):
            return
        recipient = ""
        while line := self.rfile.readline().decode("utf-8", "replace"):
            command = line[:4].upper().strip()
            if command == "QUIT":
                self.wfile.write(b"221 Bye\r\n")
                return
            if command == "DATA":
                recipient = self.take_letter(recipient)
                continue
            if command == "RCPT":
                recipient = line.partition("<")[2].partition(">")[0]
            good = "250-mail.example\r\n250 AUTH PLAIN LOGIN" if command == "EHLO" else "250 OK"
            stage = "" if self.server.known in recipient else COMMANDS.get(command, "")
            self.say(stage, "235 Welcome" if command == "AUTH" else good)

    def say(self, stage: str, good: str) -> bool:
        """Answer, and return whether it was a refusal."""
        answer = self.server.answers.get(stage, good)
        self.wfile.write(f"{answer}\r\n".encode())
        return answer != good

    def take_letter(self, recipient: str) -> str:
        self.wfile.write(b"354 Go on\r\n")
        while self.rfile.readline() not in (b".\r\n", b""):
            pass
        if not self.say("DATA", "250 Taken"):
            self.server.recipients.append(recipient)
        return ""


@contextmanager
def refusing_server(settings: Settings) -> Iterator[RefusingServer]:
    """Give a server that the settings lead to."""
    with RefusingServer() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        settings.EMAIL_BACKEND = "digest.delivery.transports.smtp_backend.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "post", "secret"
        yield server
        server.shutdown()
        thread.join()
