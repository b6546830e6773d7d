"""Several calls to a provider at once: each takes some 100 ms, in which a single one would do nothing but wait.

Every connection is a way out of its own, used by one thread at a time. None of the threads asks the database anything.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from digest.delivery.outcomes.classify import Outcome, TransportDown
from digest.delivery.transports.envelope import Envelope
from digest.delivery.transports.sequential import SequentialTransport

SentEnvelope = tuple[Envelope, Outcome]
ResultQueue = SimpleQueue[SentEnvelope | BaseException]


class ProviderPool:
    """Connections are opened when they are first needed, and kept open until the end."""

    def __init__(self, ways: Sequence[SequentialTransport]) -> None:
        self._ways = ways
        self._pool = ThreadPoolExecutor(len(ways), thread_name_prefix="caller")
        self._free: SimpleQueue[SequentialTransport] = SimpleQueue()
        for way in ways:
            self._free.put(way)
        self.idempotent, self.repeatable_for = ways[0].idempotent, ways[0].repeatable_for

    def open(self) -> None:
        """Raises TransportDown."""
        self._ways[0].open()

    def send_all(self, envelopes: Sequence[Envelope], may_continue: Callable[[], bool]) -> Iterator[SentEnvelope]:
        """Send and yield the outcome of each envelope as it becomes known.

        Those not begun when *may_continue* turns false are left out. It is asked in this thread. At most as many
        letters are under way as there are connections.
        """
        heard: ResultQueue = SimpleQueue()
        under_way = 0
        try:
            for envelope in envelopes:
                if under_way == len(self._ways):
                    under_way -= 1
                    yield _result_or_raise(heard.get())
                if not may_continue():
                    break
                self._pool.submit(self._call, envelope, heard)
                under_way += 1
            while under_way:
                under_way -= 1
                yield _result_or_raise(heard.get())
        finally:  # nobody listens any more; what they write down, they write before the journal is closed
            for _ in range(under_way):
                heard.get()

    def close(self) -> None:
        """Waits for what is under way."""
        self._pool.shutdown()
        for way in self._ways:
            way.close()

    def _call(self, envelope: Envelope, heard: ResultQueue) -> None:
        way = self._free.get()
        try:
            heard.put(_send_one(way, envelope))
        except BaseException as error:  # whatever it is, the thread that waits must hear of it
            heard.put(error)
        finally:
            self._free.put(way)


def _send_one(way: SequentialTransport, envelope: Envelope) -> SentEnvelope:
    """Over a connection that stays open: a backend that opens one for a message closes it again."""
    try:
        way.open()
    except TransportDown as error:
        return envelope, Outcome("down", str(error))
    [told] = way.send_all([envelope], lambda: True)
    return told


def _result_or_raise(heard: SentEnvelope | BaseException) -> SentEnvelope:
    if isinstance(heard, BaseException):
        raise heard
    return heard
