"""One connection to a mail server, over which letters go one after the other.

Where the server allows it (PIPELINING, RFC 2920) the commands of a letter go out together, and those of the next one
along with the last dot of the one before: a letter costs one wait instead of five. A letter is written into the
journal before its last dot leaves, and not its text: until then the server must throw it away (RFC 5321, 4.1.1.4).
"""

import re
import select
import smtplib
import socket
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

from digest.delivery.message import encode_seven_bit
from digest.delivery.outcomes import classify
from digest.delivery.outcomes.classify import Outcome
from digest.delivery.rate_limits import throttling
from digest.delivery.sending_errors import ReplyLost
from digest.delivery.transports import smtp_backend
from digest.delivery.transports.envelope import Envelope, dot_stuff
from digest.delivery.workers.journal import Journal
from subscriptions.email.mail_answers import Fault, Stage

READ_BYTES = 65_536
# Bytes that a server may send before its reply is complete.
MAX_REPLY_BYTES = 64_000
SMTP_SEND_TEXT = 354
# What the three commands of `_envelope_commands` are answered to.
ENVELOPE_STAGES = (Stage.MAIL, Stage.RCPT, Stage.DATA)
# How many letters a server takes over one connection, as it says itself (RFC 9422, 4.1).
MAILMAX = re.compile(r"(?:^|\s)MAILMAX=([1-9]\d{0,5})(?:\s|$)", re.IGNORECASE)

Reply = tuple[int, bytes]
Dialogue = Generator[None, Reply, None]
TakeNext = Callable[[], Envelope | None]
ReportOutcome = Callable[[Envelope, Outcome], None]


class ConnectionClosed(smtplib.SMTPException):
    """The server ends the connection, or has lost the thread: another one may do."""


class SmtpConnection:
    """One SMTP dialogue, driven by its owner.

    `start` begins it, `read_replies` continues it when the server has sent something, and `time_out` ends it when the
    deadline has passed.
    """

    def __init__(
        self, backend: smtp_backend.EmailBackend, take_next: TakeNext, report: ReportOutcome, journal: Journal
    ) -> None:
        client: Any = backend.connection
        self.backend, self._take_next, self._report, self._journal = backend, take_next, report, journal
        self.socket = client.sock
        # Else the last dot waits for the server to acknowledge the text before it: 40 ms a letter.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = client.file.file
        self._features: dict[str, str] = client.esmtp_features
        limit = MAILMAX.search(self._features.get("limits", ""))
        self._letters_left = int(limit[1]) if limit else None
        # Letters that the server took over this connection.
        self.accepted = 0
        self._reply_timeout = min(
            self.socket.gettimeout() or smtp_backend.MAX_REPLY_SECONDS, smtp_backend.MAX_REPLY_SECONDS
        )
        address = ip_address(self.socket.getsockname()[0])
        self._own_ips = () if address.is_loopback else (str(address),)
        self._output: list[bytes] = []
        self._input = bytearray()
        self._dialogue: Dialogue | None = None
        self.deadline = 0.0
        # When the server last answered, or was first spoken to.
        self.heard_at = 0.0
        # No letter was announced since it lay idle: that it breaks then is no letter's fault.
        self.was_idle = False
        # Whether it took the sender of the first announced letter: what it says next is about the recipient.
        self.is_sender_taken = False
        # Whether the server waits for the text of the first announced letter.
        self.is_text_awaited = False
        # Its last dot was sent, and its final reply has not come.
        self.unanswered: Envelope | None = None
        # Their commands were queued, their last dot was not.
        self.announced: deque[Envelope] = deque()

    @property
    def busy(self) -> bool:
        return self._dialogue is not None

    @property
    def is_used_up(self) -> bool:
        """Return whether the server takes no more letters over this connection."""
        return self._letters_left == 0

    def start(self) -> None:
        self._dialogue = self._send_letters()
        self._advance(self._dialogue, None)

    def read_replies(self) -> None:
        """Read what the server sent and go on. Raises OSError or SMTPException once the connection cannot be used."""
        while True:
            data = self._file.read1(READ_BYTES)
            if not data:
                raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
            self._input += data
            while self._dialogue and (reply := self._next_reply()):
                self._advance(self._dialogue, reply)
            if len(self._input) > MAX_REPLY_BYTES:
                raise smtplib.SMTPServerDisconnected("the server's answer does not end")
            if not getattr(self.socket, "pending", int)():
                return

    def time_out(self) -> None:
        raise TimeoutError("the server answers too slowly")

    def say_goodbye(self) -> None:
        """Send QUIT without waiting for the reply: a server that hangs must hold up nobody."""
        with suppress(OSError):
            self.socket.sendall(b"QUIT\r\n")

    def wait_for_goodbye(self, until: float) -> None:
        """Close the connection once the server has answered QUIT (RFC 5321, 4.1.1.10), or *until* then."""
        with suppress(OSError, ValueError):
            select.select([self.socket], [], [], max(0.0, until - time.monotonic()))
        self.abort()

    def abort(self) -> None:
        client: Any = self.backend.connection
        client.close()
        self.backend.connection = None

    # --- the dialogue ----------------------------------------------------------------------------------------------
    def _send_letters(self) -> Dialogue:
        next_envelope = self._begin_next()
        while envelope := next_envelope:
            next_envelope = None
            if (yield from self._announce(envelope)):
                self._send_text(envelope)
                next_envelope = self._begin_next() if self._pipelining else None
                yield from self._read_final_reply(envelope)
            next_envelope = next_envelope or self._begin_next()

    def _begin_next(self) -> Envelope | None:
        envelope = None if self.is_used_up else self._take_next()
        if envelope:
            if self._letters_left is not None:
                self._letters_left -= 1
            self.announced.append(envelope)
            if self._pipelining:
                self._output.extend(self._envelope_commands(envelope))
        return envelope

    def _announce(self, envelope: Envelope) -> Generator[None, Reply, bool]:
        """Announce a letter and return whether the server waits for its text."""
        replies: list[Reply] = []
        self.is_sender_taken = False
        for command in self._envelope_commands(envelope):
            if not self._pipelining:
                self._output.append(command)
            replies.append((yield))
            self.is_sender_taken = _is_positive(replies[:1])
            is_closing = replies[-1][0] == classify.SMTP_CLOSING  # no other reply comes
            if is_closing or (not self._pipelining and not _is_positive(replies)):
                break
        if _is_positive(replies):
            self.was_idle, self.is_text_awaited = False, True
            return True
        yield from self._handle_refusal(envelope, replies)
        return False

    def _handle_refusal(self, envelope: Envelope, replies: list[Reply]) -> Dialogue:
        """Report a refusal. A server that waits for the text all the same (RFC 2920, 3.1) gets none."""
        outcome = self._classify_refusal(replies, envelope)
        if outcome.kind == "closed" and throttling.asks_to_slow_down(outcome.reason):
            self.announced.popleft()
            self._report(envelope, outcome)
        if outcome.kind == "closed" or _limits_this_connection(outcome):
            raise ConnectionClosed(outcome.reason)
        self.announced.popleft()
        self._report(envelope, outcome)
        if replies[-1][0] == SMTP_SEND_TEXT:
            raise ConnectionClosed(outcome.reason)
        self._output.append(b"RSET\r\n")
        code, text = yield
        if code != smtp_backend.SMTP_ACCEPTED:
            raise ConnectionClosed(classify.format_reply(code, text))

    def _classify_refusal(self, replies: list[Reply], envelope: Envelope) -> Outcome:
        """Classify by the first reply that is not positive."""
        position = next(position for position in range(len(replies)) if not _is_positive(replies[: position + 1]))
        code, text = replies[position]
        if not 400 <= code < 600 or code == classify.SMTP_CLOSING:
            return Outcome("closed", classify.format_reply(code, text), Fault.RELAY, ENVELOPE_STAGES[position])
        return self._classify_answer(code, text, ENVELOPE_STAGES[position], envelope)

    def _classify_answer(self, code: int, text: bytes, stage: Stage, envelope: Envelope) -> Outcome:
        return classify.classify_answer(code, text, stage, envelope.recipient.decode(), self._own_ips)

    def _send_text(self, envelope: Envelope) -> None:
        self._output.append(dot_stuff(self._encode_or_close(envelope)))
        self._flush()
        self._journal.leaving(envelope.key)
        self.unanswered, self.is_text_awaited = self.announced.popleft(), False
        self._output.append(b".\r\n")

    def _encode_or_close(self, envelope: Envelope) -> bytes:
        """Return the text to send. The server waits for one: where it cannot be made, the connection must close."""
        try:
            data = envelope.letter.data
            return data if "8bitmime" in self._features or data.isascii() else encode_seven_bit(envelope.letter)
        except Exception as error:  # whatever is wrong with one letter is no reason to keep back the others
            outcome = classify.classify_encoding_error(error)
            self._report(self.announced.popleft(), outcome)
            raise ConnectionClosed(outcome.reason) from error

    def _read_final_reply(self, envelope: Envelope) -> Dialogue:
        """Read the reply to the whole letter: any 2xx accepts it (RFC 5321, 4.2.1), no reply leaves it in doubt."""
        code, text = yield
        if not (200 <= code < 300 or 400 <= code < 600):
            raise ReplyLost(classify.format_reply(code, text))
        self.unanswered = None
        outcome = Outcome("accepted") if code < 300 else self._classify_answer(code, text, Stage.DATA, envelope)
        self._journal.answered(envelope.key, outcome.kind)
        is_closing = code == classify.SMTP_CLOSING
        if _limits_this_connection(outcome) or (is_closing and not throttling.asks_to_slow_down(outcome.reason)):
            self.announced.appendleft(envelope)  # it was not taken, and another connection may do
            raise ConnectionClosed(outcome.reason)
        self.accepted += outcome.kind == "accepted"
        self._report(envelope, outcome)
        if is_closing:
            raise ConnectionClosed(outcome.reason)

    # --- commands and replies --------------------------------------------------------------------------------------
    @property
    def _pipelining(self) -> bool:
        return "pipelining" in self._features

    def _envelope_commands(self, envelope: Envelope) -> tuple[bytes, bytes, bytes]:
        data = envelope.letter.data
        options = b" BODY=8BITMIME" if "8bitmime" in self._features and not data.isascii() else b""
        if "size" in self._features:
            options += b" SIZE=%d" % len(data)
        return (
            b"MAIL FROM:<%b>%b\r\n" % (envelope.sender, options),
            b"RCPT TO:<%b>\r\n" % envelope.recipient,
            b"DATA\r\n",
        )

    def _advance(self, dialogue: Dialogue, reply: Reply | None) -> None:
        try:
            dialogue.send(reply)  # type: ignore[arg-type]  # a generator begins with None
        except StopIteration:
            self._dialogue = None
        self._flush()
        self.heard_at = time.monotonic()
        self.deadline = self.heard_at + (
            max(self._reply_timeout, smtp_backend.FINAL_REPLY_TIMEOUT) if self.unanswered else self._reply_timeout
        )

    def _flush(self) -> None:
        if self._output:
            commands, self._output = b"".join(self._output), []
            self.socket.sendall(commands)

    def _next_reply(self) -> Reply | None:
        """Return the next complete reply that was received, or None. Its code is -1 where it has none."""
        texts, start = [], 0
        while (end := self._input.find(b"\n", start)) >= 0:
            line = bytes(self._input[start:end]).rstrip(b"\r")
            start = end + 1
            texts.append(line[4:])
            if line[3:4] != b"-" or not line[:3].isdigit():
                del self._input[:start]
                return int(line[:3]) if line[:3].isdigit() and len(line) >= 3 else -1, b"\n".join(texts)
            if len(texts) > smtp_backend.MAX_REPLY_LINES:
                raise smtplib.SMTPServerDisconnected("the server's answer does not end")
        return None


def _is_positive(replies: list[Reply]) -> bool:
    """Return whether all replies are positive. RFC 5321 knows 251 and 252 for a recipient too."""
    return all(
        code == SMTP_SEND_TEXT if position == 2 else 200 <= code < 300 for position, (code, _text) in enumerate(replies)
    )


def _limits_this_connection(outcome: Outcome) -> bool:
    return outcome.kind in ("deferred", "closed") and throttling.limits_connection(outcome.reason)
