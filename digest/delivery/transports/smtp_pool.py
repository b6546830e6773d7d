"""Several connections to a mail server at once: while one waits for its answer, the others go on."""

import math
import selectors
import smtplib
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from digest.delivery.outcomes import classify
from digest.delivery.outcomes.classify import Outcome
from digest.delivery.rate_limits import throttling
from digest.delivery.rate_limits.pacing import POLL_SECONDS, UNPACED, Pacing
from digest.delivery.sending_errors import TransportDown
from digest.delivery.transports.envelope import Envelope
from digest.delivery.transports.smtp_backend import EmailBackend, describe_connection_error
from digest.delivery.transports.smtp_connection import ConnectionClosed, SmtpConnection
from digest.delivery.transports.smtp_opener import ConnectionOpener
from digest.delivery.workers.journal import Journal
from subscriptions.email.mail_answers import Fault, Stage

# Letters that are worth a connection.
LETTERS_PER_CONNECTION = 4
# Connections that one letter may break before it is put off.
MAX_TRIES = 2

# Seconds to wait for the replies to letters that have left, where the caller has stopped.
MAX_DRAIN_SECONDS = 10.0
# Seconds to wait for a first connection, and where the server has greeted none lately.
MAX_OPEN_SECONDS, MAX_OPEN_SECONDS_AFTER_SILENCE = 30.0, 5.0
# A first connection that takes longer gets company, up to so many: some servers greet only some.
SLOW_GREETING_SECONDS, MAX_FIRST_CONNECTIONS = 2.0, 4
# Letters wait for so long until more connections are open. After that they begin with what there is.
MAX_GATHER_SECONDS = 0.25
# A connection that says nothing for so long, while letters are taken over others, is given up for another.
STALLED_SECONDS = 5.0
# A server is silent that lets so many connections wait before a text, and takes no letter.
MAX_SILENCES = 2
# Seconds to wait for the replies to all QUITs.
MAX_QUIT_SECONDS = 1.0

MayContinue = Callable[[], bool]
CONNECTION_ERRORS = (OSError, smtplib.SMTPException)


class SmtpPool:
    """Carries letters over at most *max_connections* connections, opened when there is enough for them to do.

    *served_connections* is how many the server was seen to serve lately: 0 where it greeted none, None where that is
    unknown. What this pool finds out about it goes to *remember_connections* at the end.
    """

    idempotent, repeatable_for = False, timedelta(0)

    def __init__(
        self,
        create_backend: Callable[[], EmailBackend],
        max_connections: int,
        journal: Journal,
        *,
        served_connections: int | None = None,
        remember_connections: Callable[[int], None] = lambda served: None,
    ) -> None:
        self._journal, self._remember_connections = journal, remember_connections
        self._max_connections = min(max_connections, served_connections or max_connections)
        self._was_silent = served_connections == 0
        self._connections: list[SmtpConnection] = []
        self._opener = ConnectionOpener(create_backend)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._opener.reader, selectors.EVENT_READ)
        self._waiting: deque[Envelope] = deque()
        self._outcomes: deque[tuple[Envelope, Outcome]] = deque()
        self._broken_by: Counter[int] = Counter()
        # Letters that left a stalled connection. The next one gets all the time that it takes.
        self._left_stalled: set[int] = set()
        # Those of them whose connection had not even answered MAIL. It was to blame if another one is quicker.
        self._suspicious: set[int] = set()
        # Domains of letters that stalled a second connection too: it was the letter.
        self._slow_domains: set[bytes] = set()
        # Connections that did not answer MAIL, and domains for which RCPT was not answered.
        self._silences: set[SmtpConnection | bytes] = set()
        # Whether the server took no letter and let all connections wait.
        self._is_silent = False
        self._accepted_at = 0.0
        self._has_greeted = False
        # Connections that the server left waiting, at the greeting or later.
        self._silent = 0
        self._may_continue: MayContinue = bool
        self._pacing = UNPACED
        self._caller_error: Exception | None = None

    def open(self) -> None:
        """Open a connection where there is none. Raises TransportDown."""
        deadline = time.monotonic() + (MAX_OPEN_SECONDS_AFTER_SILENCE if self._was_silent else MAX_OPEN_SECONDS)
        while not self._connections:
            left = deadline - time.monotonic()
            if left <= 0:
                self._silent += 1
                raise TransportDown(describe_connection_error(TimeoutError("the server answers too slowly")))
            if not self._opener.pending or (
                self._opener.count_older_than(SLOW_GREETING_SECONDS) == self._opener.pending
                and self._opener.pending < min(self._max_connections, MAX_FIRST_CONNECTIONS)
            ):
                self._opener.begin()
            try:
                self._adopt(min(SLOW_GREETING_SECONDS, left))
            except CONNECTION_ERRORS as error:
                if not self._opener.pending:
                    raise TransportDown(describe_connection_error(error)) from error

    def send_all(
        self, envelopes: Sequence[Envelope], may_continue: MayContinue, pacing: Pacing = UNPACED
    ) -> Iterator[tuple[Envelope, Outcome]]:
        """Send and yield the outcome of each envelope as it becomes known.

        Those not begun when *may_continue* turns false are left out. An error that it raises is raised once what has
        left is answered. Where the caller stops iterating, the replies to letters that have left still go into the
        journal.
        """
        self._waiting, self._may_continue, self._caller_error = deque(envelopes), may_continue, None
        self._pacing = pacing
        self._broken_by.clear()
        self._left_stalled.clear()
        self._suspicious.clear()
        self._gather_connections(len(envelopes))
        try:
            yield from self._send_waiting()
        finally:
            self._finish_unanswered()
        if self._caller_error:
            raise self._caller_error

    def _send_waiting(self) -> Iterator[tuple[Envelope, Outcome]]:
        while self._waiting or any(connection.busy for connection in self._connections) or self._outcomes:
            self._adopt_opened()
            self._start_idle()
            while self._outcomes:
                yield self._outcomes.popleft()
            if any(connection.busy for connection in self._connections):
                self._read_ready()
            elif not self._waiting or not self._may_begin():
                return
            elif self._connections:
                time.sleep(min(self._pacing.seconds_left(), POLL_SECONDS))
            else:
                yield from self._reopen()

    def close(self) -> None:
        """Take leave of the server, and remember how many connections it serves where it left some waiting."""
        not_greeted = self._opener.count_older_than(STALLED_SECONDS)
        self._selector.close()
        self._opener.close()
        try:
            for connection in self._connections:
                connection.say_goodbye()
            until = time.monotonic() + MAX_QUIT_SECONDS
            for connection in self._connections:
                connection.wait_for_goodbye(until)
        finally:
            self._connections.clear()
            if self._has_greeted and not self._is_silent:
                if self._silent + not_greeted:
                    self._remember_connections(max(1, self._max_connections - not_greeted))
            elif (self._silent or self._is_silent) and not self._was_silent:
                # To remember a silence twice would mean that nobody waits for the full time again.
                self._remember_connections(0)

    # --- connections -----------------------------------------------------------------------------------------------
    def _adopt(self, seconds: float = 0.0) -> bool:
        """Use a connection that has opened, and return whether there was one within *seconds*."""
        try:
            backend = self._opener.take(seconds)
        except CONNECTION_ERRORS as error:
            self._use_fewer(was_silent=isinstance(error, TimeoutError))
            raise
        if backend is None:
            return False
        connection = SmtpConnection(backend, self._take_next, self._report, self._journal)
        self._connections.append(connection)
        self._selector.register(connection.socket, selectors.EVENT_READ, connection)
        self._has_greeted = True
        return True

    def _adopt_opened(self) -> None:
        """Use the connections that have opened meanwhile. Where the server refuses one, fewer are tried from now on."""
        while self._opener.pending:
            try:
                if not self._adopt():
                    return
            except CONNECTION_ERRORS:
                continue

    def _use_fewer(self, *, was_silent: bool) -> None:
        self._max_connections = max(1, self._max_connections - 1)
        self._silent += was_silent

    def _begin_connections(self, letters: int) -> bool:
        """Begin as many connections as *letters* are worth, and return whether any was begun."""
        wanted = min(self._max_connections, -(-letters // LETTERS_PER_CONNECTION))
        missing = wanted - len(self._connections) - self._opener.pending
        for _number in range(missing):
            self._opener.begin()
        return missing > 0

    def _gather_connections(self, letters: int) -> None:
        """Begin as many connections as *letters* are worth, and wait for them, but only for a moment."""
        until = time.monotonic() + MAX_GATHER_SECONDS
        if self._begin_connections(letters):
            while self._opener.pending and (left := until - time.monotonic()) > 0:
                try:
                    self._adopt(left)
                except CONNECTION_ERRORS:
                    continue

    def _reopen(self) -> Iterator[tuple[Envelope, Outcome]]:
        """Open a connection where none is left. Where none opens, the letters that wait get the outcome that fits."""
        try:
            self.open()
        except TransportDown as error:
            outcome = _outcome_without_connection(error)
            while self._waiting:
                yield self._waiting.popleft(), outcome

    def _start_idle(self) -> None:
        """Begin a letter on each idle connection. One over which the server takes no more makes room for another."""
        for connection in list(self._connections):
            if connection.busy:
                continue
            if connection.is_used_up:
                connection.say_goodbye()
                self._abort(connection)
                self._begin_connections(len(self._waiting))
            elif self._waiting and not self._pacing.seconds_left() and self._may_begin():
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
        """Wait until something happens on a connection, or *until* then, and go on with it."""
        busy = [connection for connection in self._connections if connection.busy]
        now = time.monotonic()
        moments = [until, *(self._find_deadline(connection) for connection in busy)]
        moments += [
            connection.heard_at + STALLED_SECONDS
            for connection in busy
            if self._may_be_stalled(connection) or self._may_be_slow(connection)
        ]
        if self._waiting and len(busy) < len(self._connections) and (left := self._pacing.seconds_left()):
            moments.append(now + left)
        for key, _events in self._selector.select(max(0.0, min(moments) - now)):
            if key.data is None:
                self._opener.clear_wake_ups()
            elif key.data.busy:
                self._run_step(key.data, key.data.read_replies)
            else:
                self._abort(key.data)
        now = time.monotonic()
        for connection in [each for each in busy if each in self._connections and each.busy]:
            if self._find_deadline(connection) <= now:
                self._time_out(connection)
            elif connection.heard_at + STALLED_SECONDS > now:
                continue
            elif self._may_be_stalled(connection):
                self._give_up_stalled(connection)
            elif self._may_be_slow(connection):
                self._suspicious.discard(connection.announced[0].key)
                self._slow_domains.add(_domain(connection.announced[0]))

    def _find_deadline(self, connection: SmtpConnection) -> float:
        """Return when a reply must be there: sooner where the server was silent lately, and has taken no letter yet."""
        if self._was_silent and not self._accepted_at and not connection.unanswered:
            return min(connection.deadline, connection.heard_at + MAX_OPEN_SECONDS_AFTER_SILENCE)
        return connection.deadline

    def _time_out(self, connection: SmtpConnection) -> None:
        """Give up a connection without a reply. A server that leaves several so, and took no letter, is given up."""
        if not connection.is_sender_taken:
            self._use_fewer(was_silent=True)
        if connection.announced and not connection.unanswered and not connection.is_text_awaited:
            domain = _domain(connection.announced[0])
            self._silences.add(domain if connection.is_sender_taken else connection)
        is_heard = any(each.unanswered or each.is_text_awaited for each in self._connections)
        if len(self._silences) < MAX_SILENCES or self._accepted_at or is_heard:
            self._run_step(connection, connection.time_out)
        else:
            self._give_up_server()

    def _give_up_server(self) -> None:
        """Leave a silent server. No letter is to blame, and none was tried."""
        self._is_silent = True
        for connection in list(self._connections):
            self._waiting.extendleft(reversed(connection.announced))
            self._abort(connection)
        reason = describe_connection_error(TimeoutError("the server answers too slowly"))
        while self._waiting:
            self._report(self._waiting.popleft(), Outcome("down", reason, Fault.NETWORK))

    def _may_be_stalled(self, connection: SmtpConnection) -> bool:
        """Return whether letters were taken over other connections since this one last spoke, and none is in doubt."""
        letter = self._find_slow_letter(connection)
        return letter is not None and letter.key not in self._left_stalled and self._accepted_at > connection.heard_at

    def _may_be_slow(self, connection: SmtpConnection) -> bool:
        """Return whether a letter that left a stalled connection waits on this one too."""
        letter = self._find_slow_letter(connection)
        return letter is not None and letter.key in self._left_stalled

    def _find_slow_letter(self, connection: SmtpConnection) -> Envelope | None:
        """Return the letter that a connection is busy with, and that may go another way; None for a known slow domain.

        One whose last dot has left stays where it is.
        """
        if connection.unanswered or not connection.announced:
            return None
        letter = connection.announced[0]
        return None if _domain(letter) in self._slow_domains else letter

    def _give_up_stalled(self, connection: SmtpConnection) -> None:
        """Let the letter of a silent connection take another one, after the others. That is no try of its own."""
        stalled = connection.announced.popleft()
        self._left_stalled.add(stalled.key)
        self._waiting.extendleft(reversed(connection.announced))
        self._waiting.append(stalled)
        self._abort(connection)
        if connection.is_sender_taken:
            self._begin_connections(len(self._waiting))
        else:
            self._suspicious.add(stalled.key)

    def _run_step(self, connection: SmtpConnection, step: Callable[[], None]) -> None:
        try:
            step()
        except CONNECTION_ERRORS as error:
            self._handle_loss(connection, error)

    def _handle_loss(self, connection: SmtpConnection, error: Exception) -> None:
        """Take the letters off a lost connection. One without a reply is uncertain; those after it did not leave."""
        self._abort(connection)
        reason = classify.clean_reason(str(error) or type(error).__name__)
        if connection.unanswered:
            lost = f"no answer after the whole letter: {reason}"
            self._report(connection.unanswered, Outcome("uncertain", lost, Fault.NETWORK))
        elif connection.announced and self._may_be_fault_of_letter(connection, error):
            self._broken_by[connection.announced[0].key] += 1
        for envelope in reversed(connection.announced):
            if self._broken_by[envelope.key] < MAX_TRIES:
                self._waiting.appendleft(envelope)
            else:
                self._report(envelope, Outcome("deferred", reason, Fault.NETWORK))
        if _has_reached_limit(connection, error):
            self._begin_connections(len(self._waiting))
        elif isinstance(error, ConnectionClosed):
            self._use_fewer(was_silent=False)

    def _may_be_fault_of_letter(self, connection: SmtpConnection, error: Exception) -> bool:
        """Return whether the first announced letter may have broken the connection."""
        if connection.was_idle or _has_reached_limit(connection, error):
            return False
        keeps_to_others = isinstance(error, ConnectionClosed) and any(each.accepted for each in self._connections)
        return not keeps_to_others

    def _abort(self, connection: SmtpConnection) -> None:
        self._connections.remove(connection)
        self._selector.unregister(connection.socket)
        connection.abort()

    # --- letters ---------------------------------------------------------------------------------------------------
    def _take_next(self) -> Envelope | None:
        if not self._waiting or self._pacing.seconds_left() or not self._may_begin():
            return None
        self._pacing.begin()
        return self._waiting.popleft()

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
        if outcome.kind == "accepted":
            self._accepted_at = time.monotonic()
        if envelope.key in self._suspicious:
            self._suspicious.discard(envelope.key)
            self._use_fewer(was_silent=True)
        self._outcomes.append((envelope, outcome))


def _has_reached_limit(connection: SmtpConnection, error: Exception) -> bool:
    """Return whether the server ended a connection over which it took letters, as one that takes only so many does."""
    if not connection.accepted:
        return False
    if isinstance(error, ConnectionClosed):
        return True
    # A break in the middle of a text, and silence, may be about the letter.
    return not connection.is_text_awaited and not isinstance(error, TimeoutError)


def _outcome_without_connection(error: TransportDown) -> Outcome:
    """Return the outcome of letters for which no connection opened: `down`, or a throttling server's answer."""
    refusal = error.__cause__
    if isinstance(refusal, smtplib.SMTPResponseException) and throttling.refuses_connections_for_now(refusal):
        return classify.classify_answer(refusal.smtp_code, refusal.smtp_error, Stage.BANNER)
    return Outcome("down", str(error), Fault.NETWORK)


def _domain(envelope: Envelope) -> bytes:
    return envelope.recipient.rpartition(b"@")[2].lower()
