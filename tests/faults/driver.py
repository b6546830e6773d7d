"""What the processes of the fault tests do: seed, plan or drain, and die where they are told to.

The environment says which database and mail server, and KILL_AT, such as `sent:3`, after which step, and at its how
manieth time, the process kills itself with SIGKILL.
"""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from django.utils import timezone

from digest.delivery import drain as sending
from digest.delivery import outbox
from digest.delivery.transports import mailbox
from digest.delivery.transports.django_backend import BackendConnection
from digest.delivery.workers import batch_size
from digest.delivery.workers.journal import FileJournal
from digest.editions.build import build_edition
from digest.models import Edition
from digest.picking import due_readers, planner
from subscriptions.models import Subscriber
from tests.delivery.letters import TinyRenderer
from tests.delivery.outbox_rows import DAY, crowd
from tests.editions.rows import announce
from tests.faults.delivery import celery_worker, operations

STEPS: dict[str, tuple[Any, str]] = {
    "extended": (planner, "store_earlier_papers"),
    "planned": (planner, "store_plan"),
    "claimed": (outbox, "claim"),
    "submitting": (outbox, "submit"),
    "written": (os, "fsync"),
    "named": (mailbox, "_publish_file"),
    "leaving": (FileJournal, "leaving"),
    "sent": (BackendConnection, "send"),
    "answered": (FileJournal, "answered"),
    "recorded": (outbox, "mark_accepted"),
}


def main(command: str, *arguments: str) -> Any:
    step, _, which = os.environ.get("KILL_AT", "never:0").partition(":")
    if step in STEPS:
        _die_after(*STEPS[step], int(which))
    if command in operations.WORKS or command == "work":
        operations.prepare()
    return COMMANDS[command](*arguments)


def seed(readers: str) -> None:
    """An edition of one paper and *readers* readers, nothing planned."""
    announce("Attention in trees", "cs.LG", day=DAY)
    build_edition(DAY)
    crowd(int(readers))


def seed_weekly(readers: str) -> None:
    """The same, but an earlier edition has a paper too, and everybody gets a letter a week."""
    announce("Attention in shrubs", "cs.LG", day=DAY - timedelta(days=1))
    build_edition(DAY - timedelta(days=1))
    seed(readers)
    Subscriber.objects.update(days=1 << DAY.weekday())


def plan() -> int:
    due_readers.READERS_PER_CHUNK = 2
    return planner.plan_everyone(Edition.objects.get(day=DAY), timezone.now()).pending


def drain() -> dict[str, Any]:
    batch_size.MIN_BATCH = batch_size.MAX_BATCH = int(os.environ.get("BATCH", "4"))
    if gun := os.environ.get("STARTING_GUN"):
        wait_for(Path(gun))
    return asdict(sending.drain(Edition.objects.get(day=DAY), TinyRenderer()))


def wait_for(gun: Path) -> None:
    """Says by a file beside it that this process is ready, and begins when the gun is there."""
    Path(f"{gun}.{os.getpid()}").touch()
    while not gun.exists():
        time.sleep(0.001)


COMMANDS: dict[str, Callable[..., Any]] = {
    "seed": seed,
    "seed_weekly": seed_weekly,
    "plan": plan,
    "drain": drain,
    "work": celery_worker.work,
    **operations.WORKS,
}


def _die_after(owner: Any, name: str, which: int) -> None:
    step, calls = getattr(owner, name), count(1)

    def deadly(*arguments: Any, **options: Any) -> Any:
        result = step(*arguments, **options)
        if next(calls) == which:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, deadly)
