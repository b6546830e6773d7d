"""How many letters go out as one group: few where the mail server is slow, many where it is fast.

A group costs a few queries, whatever its size, and should be through in about half a second. Without a logbook it stays
small, because a kill leaves all of it in doubt.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from digest.delivery.workers.journal import FileJournal, NullJournal

MIN_BATCH, MAX_BATCH = 16, 512
# Seconds.
FAST_BATCH_SECONDS, SLOW_BATCH_SECONDS = 0.25, 1.0
# Seconds after which no letter of a group is begun: its rows are leased for longer than that.
BATCH_DEADLINE_SECONDS = 60.0


class BatchSize:
    def __init__(self, log: FileJournal | NullJournal) -> None:
        self.size = MIN_BATCH
        self._most = MAX_BATCH if isinstance(log, FileJournal) else MIN_BATCH
        self._began = 0.0

    @property
    def over(self) -> bool:
        """Whether this batch has taken so long that the rest of it must wait for the next one."""
        return time.monotonic() - self._began > BATCH_DEADLINE_SECONDS

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Learns from how long this group takes."""
        self._began = time.monotonic()
        yield
        took = time.monotonic() - self._began
        if took < FAST_BATCH_SECONDS:
            self.size = min(self.size * 2, self._most)
        elif took > SLOW_BATCH_SECONDS:
            self.size = max(self.size // 2, MIN_BATCH)
