"""Celery workers as they run in production: a process that listens, and processes that it starts for the tasks."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tests.faults.delivery.brokers import Broker, no_redis
from tests.faults.delivery.celery_worker import PROCESSES
from tests.faults.delivery.scene import Scene
from tests.processes import Child


@contextmanager
def broker(scene: Scene) -> Iterator[Broker | None]:
    """Redis, or where it is not installed the broker in a folder."""
    scene.environment["LETTER_WORKERS"] = str(2 * PROCESSES)
    redis = None if no_redis() else Broker(scene)
    try:
        yield redis
    finally:
        if redis:
            redis.kill()


@contextmanager
def hired(scene: Scene) -> Iterator[Child]:
    """A worker, who is gone with all its processes afterwards."""
    child = scene.start("work")
    try:
        yield child
    finally:
        kill(child)


def kill(worker: Child) -> None:
    """With every process that it started, as a machine that loses its power."""
    if worker.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
