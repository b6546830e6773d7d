"""The adaptive batch size: few letters where the mail server is slow, many where it is fast.

A batch costs a few queries, whatever its size, and should be through in about half a second. Without a journal it stays
small, because a kill leaves all of its letters uncertain.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from digest.delivery.workers.journal import FileJournal, NullJournal

MIN_BATCH, MAX_BATCH = 16, 512
FAST_BATCH_SECONDS, SLOW_BATCH_SECONDS = 0.25, 1.0
# No letter of a batch is begun after so long. The lease of its rows (lease.py) is longer.
BATCH_DEADLINE_SECONDS = 60.0


class BatchSize:
    """The number of letters to claim next, learned from how long the last batches took."""

    def __init__(self, journal: FileJournal | NullJournal) -> None:
        self.size = MIN_BATCH
        self._max_size = MAX_BATCH if isinstance(journal, FileJournal) else MIN_BATCH
        self._started_at = 0.0

    @property
    def is_over(self) -> bool:
        """Return whether this batch has taken so long that the rest of it must wait for the next one."""
        return time.monotonic() - self._started_at > BATCH_DEADLINE_SECONDS

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Measure a batch, and adapt the size of the next one."""
        self._started_at = time.monotonic()
        yield
        seconds = time.monotonic() - self._started_at
        if seconds < FAST_BATCH_SECONDS:
            self.size = min(self.size * 2, self._max_size)
        elif seconds > SLOW_BATCH_SECONDS:
            self.size = max(self.size // 2, MIN_BATCH)
