"""How long work tells that it is alive: through a Watch, which a command draws and a task ignores."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from digest.domain import Tick, silent


class Watch(Protocol):
    def stage(self, name: str) -> AbstractContextManager[Tick]:
        """A stage begins and, with the block, ends."""


class Unwatched:
    """For runs that nobody looks at."""

    @contextmanager
    def stage(self, name: str) -> Iterator[Tick]:
        yield silent
