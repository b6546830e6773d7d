"""One connection to a mail server, over which letters go one after the other.

Where the server allows it (PIPELINING, RFC 2920) the commands of a letter go out together, and those of the next one
along with the last dot of the one before: a letter costs one wait instead of five. A letter is written into the
logbook before its last dot leaves, and not its text: until then the server must throw it away (RFC 5321, 4.1.1.4).
"""

import smtplib
import socket
import time
from collections import deque
from collections.abc import Callable, Generator
from typing import Any

from digest.delivery.message import seven_bit
from digest.delivery.outcomes import classify
from digest.delivery.outcomes.classify import Outcome
from digest.delivery.transports import smtp_backend
from digest.delivery.transports.envelope import Parcel, stuffed
from digest.delivery.workers.journal import Log

AT_ONCE = 65_536
# Bytes that a server may say before its answer is complete.
LONGEST_ANSWER = 64_000
GO_AHEAD = 354

Reply = tuple[int, bytes]
Talk = Generator[None, Reply, None]
Take = Callable[[], Parcel | None]
Done = Callable[[Parcel, Outcome], None]


class Closed(smtplib.SMTPException):
    """The server ends the connection, or has lost the thread: another one may do."""


class Line:
    """Begins to talk at `start`; `heard` goes on whenever the server has said something, `late` when it has not."""

    def __init__(self, backend: smtp_backend.EmailBackend, take: Take, done: Done, log: Log) -> None:
        client: Any = backend.connection
        client.ehlo_or_helo_if_needed()
        self.backend, self._take, self._done, self._log = backend, take, done, log
        self.socket = client.sock
        # Else the last dot waits for the server to acknowledge the text before it: 40 ms a letter.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = client.file.file
        self._features: dict[str, str] = client.esmtp_features
        self._patience = min(self.socket.gettimeout() or smtp_backend.SLOWEST, smtp_backend.SLOWEST)
        self._unsaid: list[bytes] = []
        self._heard = bytearray()
        self._talk: Talk | None = None
        self.deadline = 0.0
        # No letter was announced since it lay idle: that it breaks then is no letter's fault.
        self.rested = False
        # Its last dot was said, and the answer is not here.
        self.handed: Parcel | None = None
        # Announced; their last dot was not said.
        self.begun: deque[Parcel] = deque()

    @property
    def busy(self) -> bool:
        return self._talk is not None

    def start(self) -> None:
        self._talk = self._letters()
        self._go_on(self._talk, None)

    def heard(self) -> None:
        """Something is there to read. Raises OSError or SMTPException once the connection is of no more use."""
        while True:
            data = self._file.read1(AT_ONCE)
            if not data:
                raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
            self._heard += data
            while self._talk and (reply := self._reply()):
                self._go_on(self._talk, reply)
            if len(self._heard) > LONGEST_ANSWER:
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
    def _letters(self) -> Talk:
        following = self._begin()
        while parcel := following:
            following = None
            if (yield from self._announced(parcel)):
                self._hand_over(parcel)
                following = self._begin() if self._pipelining else None
                yield from self._answered(parcel)
            following = following or self._begin()

    def _begin(self) -> Parcel | None:
        parcel = self._take()
        if parcel:
            self.begun.append(parcel)
            if self._pipelining:
                self._unsaid.extend(self._envelope(parcel))
        return parcel

    def _announced(self, parcel: Parcel) -> Generator[None, Reply, bool]:
        """Whether the server waits for the letter's text."""
        replies: list[Reply] = []
        for command in self._envelope(parcel):
            if not self._pipelining:
                self._unsaid.append(command)
            replies.append((yield))
            if not self._pipelining and not _fine(replies):
                break
        if _fine(replies):
            self.rested = False
            return True
        yield from self._refused(parcel, replies)
        return False

    def _refused(self, parcel: Parcel, replies: list[Reply]) -> Talk:
        """A server may wait for the text all the same (RFC 2920, 3.1). It gets none, not even an empty letter."""
        outcome = _refusal(replies)
        if outcome.kind == "closed":
            raise Closed(outcome.reason)
        self.begun.popleft()
        self._done(parcel, outcome)
        if replies[-1][0] == GO_AHEAD:
            raise Closed(outcome.reason)
        self._unsaid.append(b"RSET\r\n")
        code, text = yield
        if code != smtp_backend.ACCEPTED:
            raise Closed(classify.said(code, text))

    def _hand_over(self, parcel: Parcel) -> None:
        self._unsaid.append(stuffed(self._fitting(parcel)))
        self._flush()
        self._log.leaving(parcel.key)
        self.handed = self.begun.popleft()
        self._unsaid.append(b".\r\n")

    def _fitting(self, parcel: Parcel) -> bytes:
        """The server waits for the text by now: without one, the connection is of no more use."""
        try:
            return self._data(parcel)
        except Exception as error:  # whatever is wrong with one letter is no reason to keep back the others
            outcome = classify.misshapen(error)
            self._done(self.begun.popleft(), outcome)
            raise Closed(outcome.reason) from error

    def _answered(self, parcel: Parcel) -> Talk:
        """Once the whole letter is there any 2xx accepts it (RFC 5321, 4.2.1); what is no answer leaves it in doubt."""
        code, text = yield
        if not (200 <= code < 300 or 400 <= code < 600):
            raise smtp_backend.AnswerLost(classify.said(code, text))
        self.handed = None
        outcome = Outcome("accepted") if code < 300 else classify.read(smtplib.SMTPDataError(code, text))
        self._log.answered(parcel.key, outcome.kind)
        self._done(parcel, outcome)
        if code == classify.CLOSING:
            raise Closed(classify.said(code, text))

    # --- commands and answers --------------------------------------------------------------------------------------
    @property
    def _pipelining(self) -> bool:
        return "pipelining" in self._features

    def _envelope(self, parcel: Parcel) -> tuple[bytes, bytes, bytes]:
        data = parcel.letter.data
        options = b" BODY=8BITMIME" if "8bitmime" in self._features and not data.isascii() else b""
        if "size" in self._features:
            options += b" SIZE=%d" % len(data)
        return (
            b"MAIL FROM:<%b>%b\r\n" % (parcel.sender, options),
            b"RCPT TO:<%b>\r\n" % parcel.recipient,
            b"DATA\r\n",
        )

    def _data(self, parcel: Parcel) -> bytes:
        data = parcel.letter.data
        return data if "8bitmime" in self._features or data.isascii() else seven_bit(parcel.letter)

    def _go_on(self, talk: Talk, reply: Reply | None) -> None:
        try:
            talk.send(reply)  # type: ignore[arg-type]  # a generator begins with None
        except StopIteration:
            self._talk = None
        self._flush()
        self.deadline = time.monotonic() + (
            max(self._patience, smtp_backend.PATIENCE) if self.handed else self._patience
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
            if len(texts) > smtp_backend.MOST_LINES:
                raise smtplib.SMTPServerDisconnected("the server's answer does not end")
        return None


def _fine(replies: list[Reply]) -> bool:
    """RFC 5321 knows 251 and 252 for a recipient too."""
    return all(code == GO_AHEAD if place == 2 else 200 <= code < 300 for place, (code, _text) in enumerate(replies))


def _refusal(replies: list[Reply]) -> Outcome:
    """By the first answer that is no yes."""
    place = next(place for place in range(len(replies)) if not _fine(replies[: place + 1]))
    code, text = replies[place]
    if not 400 <= code < 600:
        return Outcome("closed", classify.said(code, text))
    if place == 0:
        return classify.read(smtplib.SMTPSenderRefused(code, text, ""))
    if place == 1:
        return classify.read(smtplib.SMTPRecipientsRefused({"": (code, text)}))
    return (
        Outcome("closed", classify.said(code, text))
        if code == classify.CLOSING
        else classify.read(smtplib.SMTPDataError(code, text))
    )
