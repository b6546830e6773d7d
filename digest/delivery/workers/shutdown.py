"""Graceful shutdown: Ctrl-C and SIGTERM let a drain finish the letters on their way and begin no other.

So does SIGUSR1, by which Celery says that a task has reached its soft limit: see deploy/celery.py.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ShouldStop = Callable[[], bool]


# Handlers behind which no program of ours or of others listens.
DEFAULT_HANDLERS = (None, signal.SIG_DFL, signal.SIG_IGN, signal.default_int_handler)


# This signal is not passed on. Windows does not have it.
SOFT_LIMIT_SIGNAL = getattr(signal, "SIGUSR1", None)


def never_stop() -> bool:
    return False


def throttle(question: ShouldStop, seconds: float = 1.0) -> ShouldStop:
    """Return a function that asks a costly *question* at most once in so many seconds. After a yes it asks no more."""
    asked, answer = time.monotonic(), False

    def stop() -> bool:
        nonlocal asked, answer
        if not answer and time.monotonic() - asked >= seconds:
            asked, answer = time.monotonic(), question()
        return answer

    return stop


@contextmanager
def listen_for_signals(stop: ShouldStop = never_stop) -> Iterator[ShouldStop]:
    """Give a function that returns true once a signal came or *stop* does. A second Ctrl-C interrupts.

    Only the main thread can listen to signals; elsewhere *stop* alone counts. A Celery worker that runs its tasks in
    this thread listens too: what came meanwhile is passed on to it at the end, or it would never stop.
    """
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    received: list[int] = []

    def ask(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT and received:
            raise KeyboardInterrupt
        received.append(number)

    listened = [number for number in (signal.SIGINT, signal.SIGTERM, SOFT_LIMIT_SIGNAL) if number is not None]
    before = {number: signal.signal(number, ask) for number in listened}
    try:
        yield lambda: bool(received) or stop()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
        for signaled in dict.fromkeys(received):
            if signaled != SOFT_LIMIT_SIGNAL and before[signal.Signals(signaled)] not in DEFAULT_HANDLERS:
                signal.raise_signal(signaled)
