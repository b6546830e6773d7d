"""One connection to a mail server, over which letters go one after the other.

Where the server allows it (PIPELINING, RFC 2920) the commands of a letter go out together, and those of the next one
along with the last dot of the one before: a letter costs one wait instead of five. A letter is written into the
journal before its last dot leaves, and not its text: until then the server must throw it away (RFC 5321, 4.1.1.4).
"""

import smtplib
import socket
import time
from collections import deque
from collections.abc import Callable, Generator
from typing import Any

from digest.delivery.message import encode_seven_bit
from digest.delivery.outcomes import classify
from digest.delivery.outcomes.classify import Outcome
from digest.delivery.transports import smtp_backend
from digest.delivery.transports.envelope import Envelope, dot_stuff
from digest.delivery.workers.journal import Journal

READ_BYTES = 65_536
# Bytes that a server may say before its answer is complete.
MAX_ANSWER_BYTES = 64_000
SMTP_SEND_TEXT = 354

Reply = tuple[int, bytes]
Dialogue = Generator[None, Reply, None]
TakeNext = Callable[[], Envelope | None]
Report = Callable[[Envelope, Outcome], None]


class ConnectionClosed(smtplib.SMTPException):
    """The server ends the connection, or has lost the thread: another one may do."""


class SmtpConnection:
    """Begins to talk at `start`; `heard` goes on whenever the server has said something, `late` when it has not."""

    def __init__(self, backend: smtp_backend.EmailBackend, take: TakeNext, done: Report, log: Journal) -> None:
        client: Any = backend.connection
        client.ehlo_or_helo_if_needed()
        self.backend, self._take, self._done, self._log = backend, take, done, log
        self.socket = client.sock
        # Else the last dot waits for the server to acknowledge the text before it: 40 ms a letter.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = client.file.file
        self._features: dict[str, str] = client.esmtp_features
        self._patience = min(
            self.socket.gettimeout() or smtp_backend.MAX_ANSWER_SECONDS, smtp_backend.MAX_ANSWER_SECONDS
        )
        self._unsaid: list[bytes] = []
        self._heard = bytearray()
        self._talk: Dialogue | None = None
        self.deadline = 0.0
        # No letter was announced since it lay idle: that it breaks then is no letter's fault.
        self.rested = False
        # Its last dot was said, and the answer is not here.
        self.handed: Envelope | None = None
        # Announced; their last dot was not said.
        self.begun: deque[Envelope] = deque()

    @property
    def busy(self) -> bool:
        return self._talk is not None

    def start(self) -> None:
        self._talk = self._letters()
        self._go_on(self._talk, None)

    def heard(self) -> None:
        """Something is there to read. Raises OSError or SMTPException once the connection is of no more use."""
        while True:
            data = self._file.read1(READ_BYTES)
            if not data:
                raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
            self._heard += data
            while self._talk and (reply := self._reply()):
                self._go_on(self._talk, reply)
            if len(self._heard) > MAX_ANSWER_BYTES:
                raise smtplib.SMTPServerDisconnected("the server's answer does not end")
            if not getattr(self.socket, "pending", int)():
                return

    def late(self) -> None:
        raise TimeoutError("the server answers too slowly")

    def hang_up(self) -> None:
        client: Any = self.backend.connection
        client.close()
        self.backend.connection = None

    # --- what is said ----------------------------------------------------------------------------------------------
    def _letters(self) -> Dialogue:
        following = self._begin()
        while envelope := following:
            following = None
            if (yield from self._announced(envelope)):
                self._hand_over(envelope)
                following = self._begin() if self._pipelining else None
                yield from self._answered(envelope)
            following = following or self._begin()

    def _begin(self) -> Envelope | None:
        envelope = self._take()
        if envelope:
            self.begun.append(envelope)
            if self._pipelining:
                self._unsaid.extend(self._envelope(envelope))
        return envelope

    def _announced(self, envelope: Envelope) -> Generator[None, Reply, bool]:
        """Announce a letter and return whether the server waits for its text."""
        replies: list[Reply] = []
        for command in self._envelope(envelope):
            if not self._pipelining:
                self._unsaid.append(command)
            replies.append((yield))
            if not self._pipelining and not _is_positive(replies):
                break
        if _is_positive(replies):
            self.rested = False
            return True
        yield from self._refused(envelope, replies)
        return False

    def _refused(self, envelope: Envelope, replies: list[Reply]) -> Dialogue:
        """A server may wait for the text all the same (RFC 2920, 3.1). It gets none, not even an empty letter."""
        outcome = _classify_refusal(replies)
        if outcome.kind == "closed":
            raise ConnectionClosed(outcome.reason)
        self.begun.popleft()
        self._done(envelope, outcome)
        if replies[-1][0] == SMTP_SEND_TEXT:
            raise ConnectionClosed(outcome.reason)
        self._unsaid.append(b"RSET\r\n")
        code, text = yield
        if code != smtp_backend.SMTP_ACCEPTED:
            raise ConnectionClosed(classify.format_answer(code, text))

    def _hand_over(self, envelope: Envelope) -> None:
        self._unsaid.append(dot_stuff(self._fitting(envelope)))
        self._flush()
        self._log.leaving(envelope.key)
        self.handed = self.begun.popleft()
        self._unsaid.append(b".\r\n")

    def _fitting(self, envelope: Envelope) -> bytes:
        """The server waits for the text by now: without one, the connection is of no more use."""
        try:
            return self._data(envelope)
        except Exception as error:  # whatever is wrong with one letter is no reason to keep back the others
            outcome = classify.classify_encoding_error(error)
            self._done(self.begun.popleft(), outcome)
            raise ConnectionClosed(outcome.reason) from error

    def _answered(self, envelope: Envelope) -> Dialogue:
        """Read the answer to the whole letter: any 2xx accepts it (RFC 5321, 4.2.1), no answer leaves it in doubt."""
        code, text = yield
        if not (200 <= code < 300 or 400 <= code < 600):
            raise smtp_backend.AnswerLost(classify.format_answer(code, text))
        self.handed = None
        outcome = Outcome("accepted") if code < 300 else classify.classify_error(smtplib.SMTPDataError(code, text))
        self._log.answered(envelope.key, outcome.kind)
        self._done(envelope, outcome)
        if code == classify.SMTP_CLOSING:
            raise ConnectionClosed(classify.format_answer(code, text))

    # --- commands and answers --------------------------------------------------------------------------------------
    @property
    def _pipelining(self) -> bool:
        return "pipelining" in self._features

    def _envelope(self, envelope: Envelope) -> tuple[bytes, bytes, bytes]:
        data = envelope.letter.data
        options = b" BODY=8BITMIME" if "8bitmime" in self._features and not data.isascii() else b""
        if "size" in self._features:
            options += b" SIZE=%d" % len(data)
        return (
            b"MAIL FROM:<%b>%b\r\n" % (envelope.sender, options),
            b"RCPT TO:<%b>\r\n" % envelope.recipient,
            b"DATA\r\n",
        )

    def _data(self, envelope: Envelope) -> bytes:
        data = envelope.letter.data
        return data if "8bitmime" in self._features or data.isascii() else encode_seven_bit(envelope.letter)

    def _go_on(self, talk: Dialogue, reply: Reply | None) -> None:
        try:
            talk.send(reply)  # type: ignore[arg-type]  # a generator begins with None
        except StopIteration:
            self._talk = None
        self._flush()
        self.deadline = time.monotonic() + (
            max(self._patience, smtp_backend.FINAL_ANSWER_TIMEOUT) if self.handed else self._patience
        )

    def _flush(self) -> None:
        if self._unsaid:
            said, self._unsaid = b"".join(self._unsaid), []
            self.socket.sendall(said)

    def _reply(self) -> Reply | None:
        """The next whole answer among what was heard; its code is -1 where it has none."""
        texts, start = [], 0
        while (end := self._heard.find(b"\n", start)) >= 0:
            line = bytes(self._heard[start:end]).rstrip(b"\r")
            start = end + 1
            texts.append(line[4:])
            if line[3:4] != b"-" or not line[:3].isdigit():
                del self._heard[:start]
                return int(line[:3]) if line[:3].isdigit() and len(line) >= 3 else -1, b"\n".join(texts)
            if len(texts) > smtp_backend.MAX_ANSWER_LINES:
                raise smtplib.SMTPServerDisconnected("the server's answer does not end")
        return None


def _is_positive(replies: list[Reply]) -> bool:
    """RFC 5321 knows 251 and 252 for a recipient too."""
    return all(
        code == SMTP_SEND_TEXT if place == 2 else 200 <= code < 300 for place, (code, _text) in enumerate(replies)
    )


def _classify_refusal(replies: list[Reply]) -> Outcome:
    """Classify by the first answer that is not positive."""
    place = next(place for place in range(len(replies)) if not _is_positive(replies[: place + 1]))
    code, text = replies[place]
    if not 400 <= code < 600:
        return Outcome("closed", classify.format_answer(code, text))
    if place == 0:
        return classify.classify_error(smtplib.SMTPSenderRefused(code, text, ""))
    if place == 1:
        return classify.classify_error(smtplib.SMTPRecipientsRefused({"": (code, text)}))
    return (
        Outcome("closed", classify.format_answer(code, text))
        if code == classify.SMTP_CLOSING
        else classify.classify_error(smtplib.SMTPDataError(code, text))
    )
