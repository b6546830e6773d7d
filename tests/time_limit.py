"""No test may keep the others waiting for minutes: one that hangs fails, and its traceback shows where."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

# Seconds, on a busy machine too; the slowest test takes some ten on a quiet one.
LONGEST = 150.0
# Seconds after which whoever has swallowed the failure gets it once more.
AGAIN = 5.0


@contextmanager
def in_time(seconds: float = LONGEST) -> Iterator[None]:
    """Ends what takes longer, a wait included, where the system has an alarm clock. In the main thread only."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, _too_long)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _too_long(number: int, frame: FrameType | None) -> None:
    pytest.fail("this took too long, here or in what it waits for")
