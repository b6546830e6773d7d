"""Work beside the requests of a web process, in one thread that comes when there is something to do and then goes."""

from collections.abc import Callable
from threading import Event, Lock, Thread

# Seconds between two looks while something is left.
PAUSE = 30.0


class Background:
    """*work* does what there is and says whether something is left for later.

    A process that ends does not wait for it: what it leaves undone must be found by others.
    """

    def __init__(self, work: Callable[[], bool]) -> None:
        self.work, self.asked, self.lock = work, Event(), Lock()
        self.thread: Thread | None = None

    def ask(self) -> None:
        """Have it done soon; comes back at once."""
        with self.lock:
            self.asked.set()
            if self.thread is None or not self.thread.is_alive():
                self.thread = Thread(target=self._run, daemon=True, name="errands")
                self.thread.start()

    def _run(self) -> None:
        while True:
            self.asked.clear()
            left = self.work()
            with self.lock:
                if not left and not self.asked.is_set():
                    self.thread = None
                    return
            self.asked.wait(PAUSE)
