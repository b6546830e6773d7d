"""Several calls to a provider at once: each takes some 100 ms, in which a single one would do nothing but wait.

Every connection is a way out of its own, used by one thread at a time. None of the threads asks the database anything.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from digest.delivery.outcomes.classify import Down, Outcome
from digest.delivery.transports.envelope import Parcel
from digest.delivery.transports.sequential import OneByOne

Told = tuple[Parcel, Outcome]
Heard = SimpleQueue[Told | BaseException]


class Callers:
    """Connections are opened when they are first needed, and kept open until the end."""

    def __init__(self, ways: Sequence[OneByOne]) -> None:
        self._ways = ways
        self._pool = ThreadPoolExecutor(len(ways), thread_name_prefix="caller")
        self._free: SimpleQueue[OneByOne] = SimpleQueue()
        for way in ways:
            self._free.put(way)
        self.idempotent, self.repeatable_for = ways[0].idempotent, ways[0].repeatable_for

    def open(self) -> None:
        """Raises Down."""
        self._ways[0].open()

    def carry(self, parcels: Sequence[Parcel], wanted: Callable[[], bool]) -> Iterator[Told]:
        """What became of each, as it becomes known, but for those not begun when *wanted* turned to no.

        *wanted* is asked in this thread. As many have begun and not ended as there are connections, never more.
        """
        heard: Heard = SimpleQueue()
        under_way = 0
        try:
            for parcel in parcels:
                if under_way == len(self._ways):
                    under_way -= 1
                    yield _known(heard.get())
                if not wanted():
                    break
                self._pool.submit(self._call, parcel, heard)
                under_way += 1
            while under_way:
                under_way -= 1
                yield _known(heard.get())
        finally:  # nobody listens any more; what they write down, they write before the logbook is closed
            for _ in range(under_way):
                heard.get()

    def close(self) -> None:
        """Waits for what is under way."""
        self._pool.shutdown()
        for way in self._ways:
            way.close()

    def _call(self, parcel: Parcel, heard: Heard) -> None:
        way = self._free.get()
        try:
            heard.put(_carried(way, parcel))
        except BaseException as error:  # whatever it is, the thread that waits must hear of it
            heard.put(error)
        finally:
            self._free.put(way)


def _carried(way: OneByOne, parcel: Parcel) -> Told:
    """Over a connection that stays open: a backend that opens one for a message closes it again."""
    try:
        way.open()
    except Down as error:
        return parcel, Outcome("down", str(error))
    [told] = way.carry([parcel], lambda: True)
    return told


def _known(heard: Told | BaseException) -> Told:
    if isinstance(heard, BaseException):
        raise heard
    return heard
