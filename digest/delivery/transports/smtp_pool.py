"""Several connections to a mail server at once: while one waits for its answer, the others go on."""

import math
import selectors
import smtplib
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from digest.delivery.outcomes import classify
from digest.delivery.outcomes.classify import Outcome, TransportDown
from digest.delivery.transports.envelope import Envelope
from digest.delivery.transports.smtp_backend import EmailBackend, describe_connection_error
from digest.delivery.transports.smtp_connection import SmtpConnection
from digest.delivery.workers.journal import Journal

# Letters that are worth a connection.
LETTERS_PER_CONNECTION = 4
# Connections that one letter may break before it is put off.
MAX_TRIES = 2

# Seconds to wait for the answers to letters that have left, where whoever asked for them listens no more.
MAX_DRAIN_SECONDS = 10.0

MayContinue = Callable[[], bool]
CONNECTION_ERRORS = (OSError, smtplib.SMTPException)


class SmtpPool:
    """Carries letters over at most *most* connections, opened when there is enough for them to do."""

    idempotent, repeatable_for = False, timedelta(0)

    def __init__(self, backend: Callable[[], EmailBackend], most: int, log: Journal) -> None:
        self._backend, self._most, self._log = backend, most, log
        self._lines: list[SmtpConnection] = []
        self._selector = selectors.DefaultSelector()
        self._waiting: deque[Envelope] = deque()
        self._known: deque[tuple[Envelope, Outcome]] = deque()
        self._broke: Counter[int] = Counter()
        self._ask: MayContinue = bool
        self._trouble: Exception | None = None

    def open(self) -> None:
        """Raises TransportDown."""
        if not self._lines:
            try:
                self._open_line()
            except CONNECTION_ERRORS as error:
                raise TransportDown(describe_connection_error(error)) from error

    def send_all(self, envelopes: Sequence[Envelope], may_continue: MayContinue) -> Iterator[tuple[Envelope, Outcome]]:
        """Send and yield the outcome of each envelope as it becomes known.

        Those not begun when *may_continue* turns false are left out. An error that it raises is raised once what has
        left is answered. Where the caller stops listening, the answers to letters that have left still go into the
        journal.
        """
        self._waiting, self._ask, self._trouble = deque(envelopes), may_continue, None
        self._broke.clear()
        self._open_more(len(envelopes))
        try:
            yield from self._carried()
        finally:
            self._hear_out()
        if self._trouble:
            raise self._trouble

    def _carried(self) -> Iterator[tuple[Envelope, Outcome]]:
        while self._waiting or any(line.busy for line in self._lines) or self._known:
            self._start_idle()
            while self._known:
                yield self._known.popleft()
            if not any(line.busy for line in self._lines):
                if not self._waiting or not self._wanted():
                    return
                yield from self._reopened()
                continue
            self._listen()

    def close(self) -> None:
        for line in self._lines:
            self._selector.unregister(line.socket)
            try:
                line.backend.close()
            except CONNECTION_ERRORS:
                line.hang_up()
        self._lines.clear()
        self._selector.close()

    # --- connections -----------------------------------------------------------------------------------------------
    def _open_line(self) -> None:
        backend = self._backend()
        backend.open()
        line = SmtpConnection(backend, self._take, self._done, self._log)
        self._lines.append(line)
        self._selector.register(line.socket, selectors.EVENT_READ, line)

    def _open_more(self, letters: int) -> None:
        """A server that wants no more connections has said how many it wants."""
        while len(self._lines) < min(self._most, -(-letters // LETTERS_PER_CONNECTION)):
            try:
                self._open_line()
            except CONNECTION_ERRORS:
                self._most = max(1, len(self._lines))
                return

    def _reopened(self) -> Iterator[tuple[Envelope, Outcome]]:
        """Open a connection where none is left. Letters that could not be begun get the outcome `down`."""
        try:
            self.open()
        except TransportDown as error:
            while self._waiting:
                yield self._waiting.popleft(), Outcome("down", str(error))

    def _start_idle(self) -> None:
        for line in list(self._lines):
            if not line.busy and self._waiting and self._wanted():
                self._try(line, line.start)

    def _hear_out(self) -> None:
        """Wait for the answers to letters that have left; those not announced go nowhere."""
        self._waiting.clear()
        self._ask = bool
        for line in [line for line in self._lines if line.busy and not line.handed]:
            self._hang_up(line)
        until = time.monotonic() + MAX_DRAIN_SECONDS
        while any(line.busy for line in self._lines) and time.monotonic() < until:
            self._listen(until)
        for line in [line for line in self._lines if line.busy]:
            self._hang_up(line)
        for line in self._lines:
            line.rested = True
        self._known.clear()

    def _listen(self, until: float = math.inf) -> None:
        busy = [line for line in self._lines if line.busy]
        patience = min(until, *(line.deadline for line in busy)) - time.monotonic()
        heard = self._selector.select(max(0.0, patience))
        for key, _events in heard:
            self._try(key.data, key.data.heard)
        if not heard:
            now = time.monotonic()
            for line in busy:
                if line.deadline <= now:
                    self._try(line, line.late)

    def _try(self, line: SmtpConnection, step: Callable[[], None]) -> None:
        try:
            step()
        except CONNECTION_ERRORS as error:
            self._lost(line, error)

    def _lost(self, line: SmtpConnection, error: Exception) -> None:
        """A letter whose answer is missing is in doubt; those after it surely did not leave, and go another way."""
        self._hang_up(line)
        reason = classify.clean_reason(str(error) or type(error).__name__)
        if line.handed:
            self._done(line.handed, Outcome("uncertain", f"no answer after the whole letter: {reason}"))
        elif line.begun and not line.rested:
            self._broke[line.begun[0].key] += 1
        for envelope in reversed(line.begun):
            if self._broke[envelope.key] < MAX_TRIES:
                self._waiting.appendleft(envelope)
            else:
                self._done(envelope, Outcome("deferred", reason))

    def _hang_up(self, line: SmtpConnection) -> None:
        self._lines.remove(line)
        self._selector.unregister(line.socket)
        line.hang_up()

    # --- letters ---------------------------------------------------------------------------------------------------
    def _take(self) -> Envelope | None:
        return self._waiting.popleft() if self._waiting and self._wanted() else None

    def _wanted(self) -> bool:
        """Ask whether to go on. False after an error, so that letters on their way have their answers before it is
        raised.
        """
        try:
            return self._trouble is None and self._ask()
        except Exception as error:  # whatever it is: `carry` raises it
            self._trouble = error
            return False

    def _done(self, envelope: Envelope, outcome: Outcome) -> None:
        self._known.append((envelope, outcome))
