"""How many letters go out as one group: few where the mail server is slow, many where it is fast.

A group costs a few queries, whatever its size, and should be through in about half a second. Without a logbook it stays
small, because a kill leaves all of it in doubt.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from digest.delivery.workers.journal import Logbook, NoLogbook

LEAST, MOST = 16, 512
# Seconds.
ENOUGH, TOO_LONG = 0.25, 1.0
# Seconds after which no letter of a group is begun: its rows are leased for longer than that.
LONGEST = 60.0


class Portion:
    def __init__(self, log: Logbook | NoLogbook) -> None:
        self.size = LEAST
        self._most = MOST if isinstance(log, Logbook) else LEAST
        self._began = 0.0

    @property
    def over(self) -> bool:
        """Whether this group has taken so long that the rest of it must wait for the next one."""
        return time.monotonic() - self._began > LONGEST

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Learns from how long this group takes."""
        self._began = time.monotonic()
        yield
        took = time.monotonic() - self._began
        if took < ENOUGH:
            self.size = min(self.size * 2, self._most)
        elif took > TOO_LONG:
            self.size = max(self.size // 2, LEAST)
