"""A mail server for tests: real SMTP on a port of its own, with any behaviour that a test asks for."""

import asyncio
import socket
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

# From the address to the server's answer; None means the usual one.
Answer = Callable[[str], str | None]


class PostOffice:
    """What was received, and how the next commands are answered."""

    def __init__(self) -> None:
        self.message_ids: list[str] = []
        # The letters as they came, where a test reads them.
        self.letters: list[bytes] = []
        self.keeps_letters = False
        self.recipients: list[str] = []
        self.connections = 0
        # The other end of a connection → how many letters came over it.
        self.taken_over: Counter[object] = Counter()
        self.offered = ["PIPELINING"]
        self.not_offered: list[str] = []
        self.on_mail: Answer = lambda address: None
        self.on_rcpt: Answer = lambda address: None
        # Over each connection so many letters; then every *refused_command* gets the answer *refusal*.
        self.per_connection = 0
        self.refused_command, self.refusal = "MAIL", "452 4.5.3 Too many messages on this connection"
        self.refusals = 0
        # Asked when the whole letter is there. `drop` takes the letter and hangs up; `wait` answers too late.
        self.on_data: Answer = lambda address: None

    @property
    def doubles(self) -> list[str]:
        return [key for key, count in Counter(self.message_ids).items() if count > 1]

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        name, *offered = [line for line in responses if line[4:] not in self.not_offered]
        return [name, *(f"250-{feature}" for feature in self.offered), *offered]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self._refuse("MAIL", session) or self.on_mail(address):
            return _answer(server, answer)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self._refuse("RCPT", session) or self.on_rcpt(address):
            return _answer(server, answer)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self._refuse("DATA", session) or self.on_data(envelope.rcpt_tos[0])
        if answer and answer[0] in "45":
            return answer
        self.taken_over[session.peer] += 1
        self._keep(envelope)
        if answer == "wait":
            await asyncio.sleep(1.0)
        return _answer(server, answer or "250 OK")

    def _refuse(self, command: str, session: Session) -> str | None:
        if command != self.refused_command or self.taken_over[session.peer] < (self.per_connection or 1_000_000):
            return None
        self.refusals += 1
        return self.refusal

    def _keep(self, envelope: Envelope) -> None:
        content: Any = envelope.content
        self.message_ids.append(str(message_from_bytes(content)["Message-ID"]))
        self.recipients.extend(envelope.rcpt_tos)
        if self.keeps_letters:
            self.letters.append(content)


def _answer(server: SMTP, answer: str) -> str:
    if answer == "drop":
        transport: Any = server.transport
        transport.abort()
    return "250 OK" if answer in ("drop", "wait") else answer


class Server(Controller):
    """Listens on a free port of 127.0.0.1 while it is started."""

    def __init__(self, office: PostOffice) -> None:
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.protocols: list[SMTP] = []
        super().__init__(office, hostname="127.0.0.1", port=self.sock.getsockname()[1])

    def factory(self) -> SMTP:
        protocol: SMTP = super().factory()  # type: ignore[no-untyped-call]
        self.protocols.append(protocol)
        return protocol

    def stop(self, no_assert: bool = False) -> None:
        """A connection that the loop leaves half closed is complained of in whatever test runs when it is collected."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.loop).result(10)
        super().stop(no_assert)

    async def _hang_up(self) -> None:
        transports: list[Any] = [protocol.transport for protocol in self.protocols]
        for transport in filter(None, transports):
            transport.abort()
        for _turn in range(3):
            await asyncio.sleep(0)

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self.sock)
