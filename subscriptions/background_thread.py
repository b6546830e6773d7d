"""Runs work beside the requests of a web process, in a thread that starts when there is something to do and ends."""

from collections.abc import Callable
from threading import Event, Lock, Thread

RETRY_INTERVAL_SECONDS = 30.0


class BackgroundThread:
    """Calls *work* until it returns False, which means that nothing is left for later.

    A process that ends does not wait for its thread: whatever stays undone must be found by other processes.
    """

    def __init__(self, name: str, work: Callable[[], bool]) -> None:
        self.name, self.work, self.requested, self.lock = name, work, Event(), Lock()
        self.thread: Thread | None = None

    def start_soon(self) -> None:
        """Have the work done soon. Returns at once."""
        with self.lock:
            self.requested.set()
            if self.thread is None or not self.thread.is_alive():
                self.thread = Thread(target=self._run, daemon=True, name=self.name)
                self.thread.start()

    def _run(self) -> None:
        while True:
            self.requested.clear()
            is_work_left = self.work()
            with self.lock:
                if not is_work_left and not self.requested.is_set():
                    self.thread = None
                    return
            self.requested.wait(RETRY_INTERVAL_SECONDS)
