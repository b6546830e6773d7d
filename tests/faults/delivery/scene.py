"""Where a fault happens: a database, readers, a mail server in a process of its own, and workers that may die."""

import os
import random
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from tests.faults.delivery import clock, receiver
from tests.faults.delivery.receiver import Mischief, Received
from tests.faults.machine import Machine
from tests.processes import Child

PATIENCE = 120.0
# One reader in so many is due no letter.
QUIET_SHARE = 50


def all_readers(letters: int) -> int:
    """Return how many readers there must be for so many letters."""
    return letters * QUIET_SHARE // (QUIET_SHARE - 1)


class Scene:
    """*machine* with *readers* readers, of whom some are quiet and get no letter."""

    def __init__(self, machine: Machine, readers: int) -> None:
        self.machine, self.home, self.readers = machine, machine.home, readers
        self.quiet = max(1, readers // QUIET_SHARE)
        self.clock = self.home / "clock"
        self.log = self.home / "received"
        # Each time that the word stands in the file is a letter.
        self.counted = self.log, b"took "
        self.server: Child | None = None
        self.port = 0
        # What a fault has brought, and is needed until the books are held against the truth.
        self.until_the_end = ExitStack()
        machine.environment.update(SCENE=str(self.home), CLOCK=str(self.clock))
        # What the workers of this scene get besides.
        self.environment: dict[str, str] = {}

    @property
    def letters(self) -> int:
        return self.readers - self.quiet

    @property
    def on_sqlite(self) -> bool:
        return self.machine.sqlite is not None

    # --- readers and workers ----------------------------------------------------------------------------------------

    def settle(self, *steps: str) -> None:
        """Readers move in; *steps* are `edition` (there is one) and `plan` (their letters are planned)."""
        self.run("settle", str(self.readers), str(self.quiet), *steps)

    def start(self, *command: str, **environment: str) -> Child:
        return self.machine.start(*command, **{**self.environment, **environment})

    def run(self, *command: str, **environment: str) -> Any:
        return self.machine.run(*command, **{**self.environment, **environment})

    def start_at_once(self, number: int, *command: str, **environment: str) -> list[Child]:
        """Several processes that begin in the same moment."""
        gun = self.home / "gun"
        children = [self.start(*command, STARTING_GUN=str(gun), **environment) for _ in range(number)]
        self.wait_until(lambda: all(map(self.is_ready, children)))
        gun.touch()
        return children

    def is_ready(self, child: Child) -> bool:
        """Whether it has begun its work, or is over already."""
        return (self.home / f"ready.{child.pid}").exists() or child.returncode is not None

    # --- the mail server --------------------------------------------------------------------------------------------

    @contextmanager
    def mail_server(self, mischief: Mischief) -> Iterator[None]:
        self.open_server(mischief)
        try:
            yield
        finally:
            self.close_server()

    def open_server(self, mischief: Mischief) -> None:
        """On the port that it had before, if it was open before."""
        with socket.create_server(("127.0.0.1", self.port), backlog=1000) as listener:
            self.port = listener.getsockname()[1]
            self.machine.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{self.port}"
            self.server = Child(receiver.main, listener, self.log, mischief, environment=self.machine.environment)

    def close_server(self) -> None:
        """In the middle of whatever it is doing."""
        if self.server:
            os.kill(self.server.pid, signal.SIGKILL)
            self.server.wait()
            self.server = None

    def received(self) -> Received:
        return receiver.read(self.log)

    def taken(self) -> int:
        """How many letters are there by now."""
        path, mark = self.counted
        return path.read_bytes().count(mark) if path.exists() else 0

    def wait_for_letters(self, share: float) -> None:
        self.wait_until(lambda: self.taken() >= share * self.letters)

    # --- time -------------------------------------------------------------------------------------------------------

    def set_clock(self, seconds: float) -> None:
        clock.set_by(self.clock, seconds)

    def wait_until(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < deadline, "it does not come to that"
            time.sleep(0.002)


def end(child: Child, number: signal.Signals) -> bool:
    """Sends the signal and waits. Gives whether it met the process alive."""
    if child.returncode is None:
        os.kill(child.pid, number)
    child.wait()
    return child.returncode == -number


def a_moment(longest: float) -> None:
    time.sleep(random.uniform(0, longest))
