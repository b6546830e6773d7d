"""Every fault in its turn, each on a fresh database, as lines of a Markdown table."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.test.utils import setup_databases, teardown_databases

from tests.faults.delivery import (
    brokers,
    clocks,
    disk,
    kills,
    mail_servers,
    outages,
    refusals,
    relays,
    restarts,
    sign_ups,
    sink,
    without_celery,
)
from tests.faults.delivery.fault import Fault, Outcome, suffer
from tests.faults.delivery.scene import Scene, all_readers
from tests.faults.machine import Machine
from tests.processes import shared_database

LEAST = 60
# Where workers are not killed again and again, one reader in so many is enough.
SHARE = 10
COLUMNS = ("due", "accepted", "excluded", "failed", "uncertain", "lost", "doubled")
NAME = 42

Say = Callable[[str], object]


def silent(line: str) -> None:
    """Says nothing."""


def faults(victims: int) -> list[Fault]:
    """Those that can happen to the configured database."""
    all_ = [*kills.faults(victims), *mail_servers.FAULTS, *refusals.FAULTS, *relays.FAULTS, *clocks.FAULTS]
    all_ += [*without_celery.FAULTS, *sign_ups.FAULTS]
    all_ += [*outages.FAULTS, *restarts.FAULTS, *disk.FAULTS, *brokers.FAULTS, *sink.FAULTS]
    return [fault for fault in all_ if fault.database in ("", connection.vendor)]


def run(readers: int, victims: int, only: str, say: Say) -> list[Outcome]:
    databases = setup_databases(verbosity=0, interactive=False)
    outcomes = []
    say(_line("fault", "struck", *COLUMNS, "seconds"))
    say(_line("-" * NAME, *["-" * (len(name) - 1) + ":" for name in ("struck", *COLUMNS, "seconds")]))
    try:
        for fault in faults(victims):
            if only in fault.name:
                everybody = fault.name == kills.AGAIN_AND_AGAIN
                usual = readers if everybody else max(readers // SHARE, LEAST)
                with fresh_scene(all_readers(fault.letters) if fault.letters else usual) as scene:
                    outcomes.append(suffer(fault, scene))
                for line in lines(outcomes[-1]):
                    say(line)
    finally:
        teardown_databases(databases, verbosity=0)
    return outcomes


@contextmanager
def fresh_scene(readers: int) -> Iterator[Scene]:
    """On the database that the tests run on; afterwards it is empty again."""
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        home = Path(folder)
        database = shared_database(home)
        yield Scene(
            Machine(home, database, home / "shared.sqlite3" if connection.vendor == "sqlite" else None), readers
        )
    if connection.vendor != "sqlite":
        call_command("flush", verbosity=0, interactive=False)


def lines(outcome: Outcome) -> Iterator[str]:
    if outcome.account is None:
        yield _line(outcome.fault, outcome.missing)
        return
    figures = [str(getattr(outcome.account, name)) for name in COLUMNS]
    yield _line(outcome.fault, str(outcome.struck), *figures, f"{outcome.seconds:.1f}")
    yield from (f"WRONG: {fault}" for fault in outcome.wrong)


def _line(name: str, *cells: str) -> str:
    width = [len(column) for column in ("struck", *COLUMNS, "seconds")]
    padded = [cell.rjust(size) for cell, size in zip(cells, width, strict=False)]
    return f"| {name:<{NAME}} | {' | '.join(padded)} |"
