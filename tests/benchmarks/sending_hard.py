"""Sending to a mail server that pushes back: one letter in ten is greylisted and one in a hundred refused, two
connections are answered no more, and one of the three workers is killed half-way.

The seconds are those in which workers work: the minute that a greylisted letter waits is left out. A stalled connection
is given up after STALL_SECONDS, where the product waits for 30.
"""

import multiprocessing
import os
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.benchmarks import population
from tests.faults.delivery import receiver
from tests.faults.delivery.receiver import Mischief

WORKERS = 3
STALL_SECONDS = 2.0
PATIENCE = 600
# Passes over the letters until none waits: the first, one for the greylisted, and for what the killed worker left.
MAX_PASSES = 5
PUSHES_BACK = (
    Mischief("rcpt", "550 5.1.1 unknown", share=0.01),
    Mischief("rcpt", "451 4.7.1 greylisted", share=0.11, first_time=True),
    Mischief("mail", "silence", every=20, most=2),
)


def send() -> dict[str, Any]:
    """Send everything that was planned, whatever became of it before, and return the figures."""
    population.set_up()
    from django.db import connections

    from digest.models import Delivery

    rows = Delivery.objects.filter(edition__day=population.DAY).exclude(picks=[])
    letters = rows.update(state="pending", worker="", attempts=0, provider_id="", not_before=None, fault="")
    with tempfile.TemporaryDirectory() as folder, _mail_server(Path(folder) / "received") as log:
        seconds = _pass(log, kill_after=letters // 2)
        for _ in range(MAX_PASSES):
            if not rows.filter(state__in=("pending", "claimed", "submitting")).exists():
                break
            rows.update(not_before=None)
            connections.close_all()
            seconds += _pass(log)
        taken = receiver.read(log)
    ended = {state: rows.filter(state=state).count() for state in ("accepted", "failed", "uncertain", "pending")}
    return {
        "letters_per_s": round(taken.letters.total() / seconds, 1),
        "letters": letters,
        "seconds": round(seconds, 3),
        "struck": taken.strikes,
        "doubled": sum(count - 1 for count in taken.letters.values()),
        **ended,
    }


def _pass(log: Path, kill_after: int = 0) -> float:
    """Let the workers send what is ready, and return the seconds. One is killed once so many letters have left."""
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(WORKERS + 1)
    processes = [context.Process(target=_drain, args=(ready,)) for _ in range(WORKERS)]
    for process in processes:
        process.start()
    ready.wait(PATIENCE)
    began = time.perf_counter()
    while kill_after and processes[0].is_alive():
        if log.exists() and log.read_bytes().count(b"took ") >= kill_after:
            os.kill(processes[0].pid or 0, signal.SIGKILL)
            break
        time.sleep(0.01)
    for process in processes:
        process.join(PATIENCE)
    return time.perf_counter() - began


def _drain(ready: Any) -> None:
    population.set_up()
    from django.conf import settings

    from digest.delivery.drain import drain
    from digest.delivery.transports import smtp_backend
    from tests.benchmarks.assembling import Work

    settings.EMAIL_TIMEOUT = smtp_backend.MAX_REPLY_SECONDS = STALL_SECONDS
    work = Work.prepared()
    ready.wait(PATIENCE)
    drain(work.edition, work.renderer)


@contextmanager
def _mail_server(log: Path) -> Iterator[Path]:
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as listener:
        os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{listener.getsockname()[1]}"
        server = multiprocessing.get_context("fork").Process(target=receiver.main, args=(listener, log, *PUSHES_BACK))
        server.start()
    try:
        yield log
    finally:
        server.kill()
        server.join()
        os.environ["EMAIL_URL"] = ""
