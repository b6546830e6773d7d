"""A process of its own that seeds, plans or drains, and dies where it is told to.

`python -m tests.faults.driver seed 6`; the environment says which database and mail server, and KILL_AT, such as
`sent:3`, after which step, and at its how manieth time, the process kills itself with SIGKILL.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any

import django


def main(command: str, *arguments: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
    django.setup()
    arrange_death(*os.environ.get("KILL_AT", "never:0").split(":"))
    json.dump(COMMANDS[command](*arguments), sys.stdout)


def seed(readers: str) -> None:
    """An edition of one paper and *readers* readers, nothing planned."""
    from digest.editions.building import build
    from tests.delivery.outbox_rows import DAY, crowd
    from tests.editions.rows import announce

    announce("Attention in trees", "cs.LG", day=DAY)
    build(DAY)
    crowd(int(readers))


def migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def plan() -> int:
    from django.utils import timezone

    from digest.delivery import planning
    from digest.models import Edition

    planning.CHUNK = 2
    return planning.plan_everyone(Edition.objects.get(), timezone.now()).pending


def drain() -> dict[str, Any]:
    from digest.delivery import sending
    from digest.models import Edition
    from tests.delivery.letters import TinyPress

    sending.BATCH = int(os.environ.get("BATCH", "4"))
    if gun := os.environ.get("STARTING_GUN"):
        wait_for(Path(gun))
    return asdict(sending.drain(Edition.objects.get(), TinyPress()))


def wait_for(gun: Path) -> None:
    """Says by a file beside it that this process is ready, and begins when the gun is there."""
    Path(f"{gun}.{os.getpid()}").touch()
    while not gun.exists():
        time.sleep(0.001)


COMMANDS: dict[str, Callable[..., Any]] = {"seed": seed, "migrate": migrate, "plan": plan, "drain": drain}


def arrange_death(step: str, which: str) -> None:
    from digest.delivery import mailbox, outbox, planning
    from digest.delivery.post import Post

    steps: dict[str, tuple[Any, str]] = {
        "planned": (planning, "plan"),
        "claimed": (outbox, "claim"),
        "submitting": (outbox, "submit"),
        "written": (os, "fsync"),
        "named": (mailbox, "_give_name"),
        "sent": (Post, "send"),
        "recorded": (outbox, "accepted"),
    }
    if step in steps:
        _die_after(*steps[step], int(which))


def _die_after(owner: Any, name: str, which: int) -> None:
    step, calls = getattr(owner, name), count(1)

    def deadly(*arguments: Any, **options: Any) -> Any:
        result = step(*arguments, **options)
        if next(calls) == which:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, deadly)


if __name__ == "__main__":
    main(*sys.argv[1:])
