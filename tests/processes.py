"""Processes of their own that begin at once: forked from one that has imported everything, on a database of a file."""

import importlib
import multiprocessing
import os
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import django
from django.apps import apps
from django.conf import Settings, settings
from django.db import connection, connections

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["tests.processes", "tests.faults.driver", "tests.faults.delivery.receiver", "tests.summaries.killed_writer"]
)
"""What they do: a child would spend half a second on importing it."""

if not apps.ready:
    django.setup()


class Child:
    """A process that runs *work*, in an environment of its own, as if it had read its settings there."""

    def __init__(self, work: Callable[..., Any], *arguments: Any, environment: Mapping[str, str]) -> None:
        self._answer, sender = _FORKS.Pipe(duplex=False)
        call = (work, arguments, dict(environment), sender)
        self._process = _FORKS.Process(target=_live, args=call, daemon=True)
        self._process.start()
        sender.close()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def wait(self, seconds: float = 60) -> Any:
        """What *work* returned; None where the process ended before."""
        with self._answer:
            try:
                assert self._answer.poll(seconds), "it does not end"
                answer = self._answer.recv()
            except EOFError:
                answer = None
        self._process.join(seconds)
        return answer


def _live(
    work: Callable[..., Any], arguments: tuple[Any, ...], environment: Mapping[str, str], answer: Connection
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    _read_settings()
    result = work(*arguments)
    connections.close_all()  # at its end nothing else would, and SQLite's journal stayed beside the database
    answer.send(result)


def _read_settings() -> None:
    """Those of the process that we are forked from name another home and database."""
    importlib.reload(importlib.import_module("deploy.settings"))
    settings._wrapped = Settings("deploy.settings")
    vars(connections).clear()
    connections.__init__()  # type: ignore[misc]


def shared_database(folder: Path) -> str:
    """The address of a database that children see: PostgreSQL's for the tests, or a file with the same tables."""
    if connection.vendor == "sqlite":
        return copy_of_tables(folder / "shared.sqlite3")
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{settings.DATABASES['default']['NAME']}"))


def copy_of_tables(path: Path) -> str:
    """In memory no other process sees them."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(path)])
    return f"sqlite:///{path}"
