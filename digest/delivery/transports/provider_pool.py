"""Several calls to a provider at once: each takes some 100 ms, in which a single one would do nothing but wait.

Every transport has a connection of its own and is used by one thread at a time. No thread asks the
database anything.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from digest.delivery.outcomes.classify import Outcome
from digest.delivery.rate_limits.pacing import UNPACED, Pacing
from digest.delivery.sending_errors import TransportDown
from digest.delivery.transports.envelope import Envelope
from digest.delivery.transports.sequential import SequentialTransport
from subscriptions.email.mail_answers import Fault

SentEnvelope = tuple[Envelope, Outcome]
ResultQueue = SimpleQueue[SentEnvelope | BaseException]


class ProviderPool:
    """Connections are opened when they are first needed, and kept open until the end."""

    def __init__(self, transports: Sequence[SequentialTransport]) -> None:
        self._transports = transports
        self._pool = ThreadPoolExecutor(len(transports), thread_name_prefix="caller")
        self._free: SimpleQueue[SequentialTransport] = SimpleQueue()
        for transport in transports:
            self._free.put(transport)
        self.idempotent, self.repeatable_for = transports[0].idempotent, transports[0].repeatable_for

    def open(self) -> None:
        """Open the first connection. Raises TransportDown."""
        self._transports[0].open()

    def send_all(
        self, envelopes: Sequence[Envelope], may_continue: Callable[[], bool], pacing: Pacing = UNPACED
    ) -> Iterator[SentEnvelope]:
        """Send and yield the outcome of each envelope as it becomes known.

        Those not begun when *may_continue* turns false are left out. It is asked in this thread. At most as many
        letters are under way as there are connections.
        """
        results: ResultQueue = SimpleQueue()
        under_way = 0
        try:
            for envelope in envelopes:
                if under_way == len(self._transports):
                    under_way -= 1
                    yield _result_or_raise(results.get())
                if not pacing.wait(may_continue):
                    break
                pacing.begin()
                self._pool.submit(self._send_in_thread, envelope, results)
                under_way += 1
            while under_way:
                under_way -= 1
                yield _result_or_raise(results.get())
        finally:  # the caller may have stopped; threads must write their answers before the journal is closed
            for _ in range(under_way):
                results.get()

    def close(self) -> None:
        """Wait for what is under way, and close every connection."""
        self._pool.shutdown()
        for transport in self._transports:
            transport.close()

    def _send_in_thread(self, envelope: Envelope, results: ResultQueue) -> None:
        transport = self._free.get()
        try:
            results.put(_send_one(transport, envelope))
        except BaseException as error:  # whatever it is, the thread that waits must get it
            results.put(error)
        finally:
            self._free.put(transport)


def _send_one(transport: SequentialTransport, envelope: Envelope) -> SentEnvelope:
    """Send over a connection that stays open: a backend that opens one for a message closes it again."""
    try:
        transport.open()
    except TransportDown as error:
        return envelope, Outcome("down", str(error), Fault.NETWORK)
    [result] = transport.send_all([envelope], lambda: True)
    return result


def _result_or_raise(result: SentEnvelope | BaseException) -> SentEnvelope:
    if isinstance(result, BaseException):
        raise result
    return result
