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
from subscriptions.email.mail_answers import Fault

# Letters that are worth a connection.
LETTERS_PER_CONNECTION = 4
# Connections that one letter may break before it is put off.
MAX_TRIES = 2

# Seconds to wait for the replies to letters that have left, where the caller has stopped.
MAX_DRAIN_SECONDS = 10.0

MayContinue = Callable[[], bool]
CONNECTION_ERRORS = (OSError, smtplib.SMTPException)


class SmtpPool:
    """Carries letters over at most *max_connections* connections, opened when there is enough for them to do."""

    idempotent, repeatable_for = False, timedelta(0)

    def __init__(self, create_backend: Callable[[], EmailBackend], max_connections: int, journal: Journal) -> None:
        self._create_backend, self._max_connections, self._journal = create_backend, max_connections, journal
        self._connections: list[SmtpConnection] = []
        self._selector = selectors.DefaultSelector()
        self._waiting: deque[Envelope] = deque()
        self._outcomes: deque[tuple[Envelope, Outcome]] = deque()
        self._broken_by: Counter[int] = Counter()
        self._may_continue: MayContinue = bool
        self._caller_error: Exception | None = None

    def open(self) -> None:
        """Open a connection where there is none. Raises TransportDown."""
        if not self._connections:
            try:
                self._open_connection()
            except CONNECTION_ERRORS as error:
                raise TransportDown(describe_connection_error(error)) from error

    def send_all(self, envelopes: Sequence[Envelope], may_continue: MayContinue) -> Iterator[tuple[Envelope, Outcome]]:
        """Send and yield the outcome of each envelope as it becomes known.

        Those not begun when *may_continue* turns false are left out. An error that it raises is raised once what has
        left is answered. Where the caller stops iterating, the replies to letters that have left still go into the
        journal.
        """
        self._waiting, self._may_continue, self._caller_error = deque(envelopes), may_continue, None
        self._broken_by.clear()
        self._open_enough(len(envelopes))
        try:
            yield from self._send_waiting()
        finally:
            self._finish_unanswered()
        if self._caller_error:
            raise self._caller_error

    def _send_waiting(self) -> Iterator[tuple[Envelope, Outcome]]:
        while self._waiting or any(connection.busy for connection in self._connections) or self._outcomes:
            self._start_idle()
            while self._outcomes:
                yield self._outcomes.popleft()
            if not any(connection.busy for connection in self._connections):
                if not self._waiting or not self._may_begin():
                    return
                yield from self._reopen()
                continue
            self._read_ready()

    def close(self) -> None:
        for connection in self._connections:
            self._selector.unregister(connection.socket)
            try:
                connection.backend.close()
            except CONNECTION_ERRORS:
                connection.abort()
        self._connections.clear()
        self._selector.close()

    # --- connections -----------------------------------------------------------------------------------------------
    def _open_connection(self) -> None:
        backend = self._create_backend()
        backend.open()
        connection = SmtpConnection(backend, self._take_next, self._report, self._journal)
        self._connections.append(connection)
        self._selector.register(connection.socket, selectors.EVENT_READ, connection)

    def _open_enough(self, letters: int) -> None:
        """Open as many connections as *letters* are worth. Once the server refuses one, no more are tried."""
        while len(self._connections) < min(self._max_connections, -(-letters // LETTERS_PER_CONNECTION)):
            try:
                self._open_connection()
            except CONNECTION_ERRORS:
                self._max_connections = max(1, len(self._connections))
                return

    def _reopen(self) -> Iterator[tuple[Envelope, Outcome]]:
        """Open a connection where none is left. Letters that could not be begun get the outcome `down`."""
        try:
            self.open()
        except TransportDown as error:
            while self._waiting:
                yield self._waiting.popleft(), Outcome("down", str(error), Fault.NETWORK)

    def _start_idle(self) -> None:
        for connection in list(self._connections):
            if not connection.busy and self._waiting and self._may_begin():
                self._run_step(connection, connection.start)

    def _finish_unanswered(self) -> None:
        """Wait for the replies to letters that have left, and drop those that have not."""
        self._waiting.clear()
        self._may_continue = bool
        for connection in list(self._connections):
            if connection.busy and not connection.unanswered:
                self._abort(connection)
        until = time.monotonic() + MAX_DRAIN_SECONDS
        while any(connection.busy for connection in self._connections) and time.monotonic() < until:
            self._read_ready(until)
        for connection in list(self._connections):
            if connection.busy:
                self._abort(connection)
            else:
                connection.was_idle = True
        self._outcomes.clear()

    def _read_ready(self, until: float = math.inf) -> None:
        busy = [connection for connection in self._connections if connection.busy]
        timeout = min(until, *(connection.deadline for connection in busy)) - time.monotonic()
        ready = self._selector.select(max(0.0, timeout))
        for key, _events in ready:
            self._run_step(key.data, key.data.read_replies)
        if not ready:
            now = time.monotonic()
            for connection in busy:
                if connection.deadline <= now:
                    self._run_step(connection, connection.time_out)

    def _run_step(self, connection: SmtpConnection, step: Callable[[], None]) -> None:
        try:
            step()
        except CONNECTION_ERRORS as error:
            self._handle_loss(connection, error)

    def _handle_loss(self, connection: SmtpConnection, error: Exception) -> None:
        """Report the letter without a reply as uncertain. Those after it did not leave, and take another connection."""
        self._abort(connection)
        reason = classify.clean_reason(str(error) or type(error).__name__)
        if connection.unanswered:
            lost = f"no answer after the whole letter: {reason}"
            self._report(connection.unanswered, Outcome("uncertain", lost, Fault.NETWORK))
        elif connection.announced and not connection.was_idle:
            self._broken_by[connection.announced[0].key] += 1
        for envelope in reversed(connection.announced):
            if self._broken_by[envelope.key] < MAX_TRIES:
                self._waiting.appendleft(envelope)
            else:
                self._report(envelope, Outcome("deferred", reason, Fault.NETWORK))

    def _abort(self, connection: SmtpConnection) -> None:
        self._connections.remove(connection)
        self._selector.unregister(connection.socket)
        connection.abort()

    # --- letters ---------------------------------------------------------------------------------------------------
    def _take_next(self) -> Envelope | None:
        return self._waiting.popleft() if self._waiting and self._may_begin() else None

    def _may_begin(self) -> bool:
        """Return whether to begin a letter. Where asking fails it returns False, and `send_all` raises the error.

        So the letters that have left get their replies first.
        """
        try:
            return self._caller_error is None and self._may_continue()
        except Exception as error:  # whatever it is: `send_all` raises it
            self._caller_error = error
            return False

    def _report(self, envelope: Envelope, outcome: Outcome) -> None:
        self._outcomes.append((envelope, outcome))
