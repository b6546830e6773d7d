"""Ctrl-C and SIGTERM ask a drain to stop: the letter in flight is finished, and no other begun."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

Stop = Callable[[], bool]


def never() -> bool:
    return False


@contextmanager
def noticed(stop: Stop = never) -> Iterator[Stop]:
    """Gives a question that is answered with yes once a signal came or *stop* says so. A second Ctrl-C interrupts.

    Only the main thread can listen to signals; elsewhere *stop* alone counts.
    """
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    asked = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT and asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked.is_set() or stop()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
