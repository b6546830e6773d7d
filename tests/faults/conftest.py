"""A database that several processes see, and processes that may be killed."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection

from tests.delivery.post_office import PostOffice, Server

ROOT = Path(__file__).resolve().parent.parent.parent
READERS = 6


class Machine:
    """A home, a database and a way out for letters, on which processes run and die."""

    def __init__(self, home: Path, database: str, sqlite: Path | None, planned: Path | None = None) -> None:
        self.home, self.sqlite, self.planned = home, sqlite, planned
        self.environment = {**os.environ, "PREPRINT_POST_HOME": str(home), "DATABASE_URL": database}

    def start(self, *command: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.faults.driver", *command],
            cwd=ROOT,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *command: str, **environment: str) -> Any:
        """What the process printed. It must end well."""
        process = self.start(*command, **environment)
        answer, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        return json.loads(answer)

    def plan(self) -> None:
        """A letter for everybody; on SQLite by a copy of a database where that was done."""
        if self.sqlite and self.planned:
            shutil.copy(self.planned, self.sqlite)
        else:
            self.run("plan")

    def run_to_death(self, *command: str, **environment: str) -> None:
        process = self.start(*command, **environment)
        process.communicate(timeout=60)
        assert process.returncode == -9

    def states(self) -> Counter[str]:
        return Counter(state for (state,) in self.query("SELECT state FROM digest_delivery"))

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        if self.sqlite is None:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return list(cursor.fetchall())
        database = sqlite3.connect(self.sqlite)
        try:
            return database.execute(sql).fetchall()
        finally:
            database.close()


def on_sqlite() -> bool:
    return connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def seeded_sqlite(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Without and with planned letters. Made once; every test works on a copy."""
    home = tmp_path_factory.mktemp("seeded")
    path = home / "database.sqlite3"
    machine = Machine(home, f"sqlite:///{path}", path)
    machine.run("migrate")
    machine.run("seed", str(READERS))
    seeded = Path(shutil.copy(path, home / "seeded.sqlite3"))
    machine.run("plan")
    return seeded, path


@pytest.fixture
def machine(request: pytest.FixtureRequest, transactional_db: None, tmp_path: Path) -> Machine:
    """With READERS readers and an edition, on the database that the tests run on."""
    if on_sqlite():
        seeded, planned = request.getfixturevalue("seeded_sqlite")
        path = Path(shutil.copy(seeded, tmp_path / "database.sqlite3"))
        return Machine(tmp_path, f"sqlite:///{path}", path, planned)
    url = urlsplit(os.environ["DATABASE_URL"])
    name = str(settings.DATABASES["default"]["NAME"])
    machine = Machine(tmp_path, urlunsplit(url._replace(path=f"/{name}")), None)
    machine.run("seed", str(READERS))
    return machine


@pytest.fixture
def post_office(machine: Machine) -> Iterator[PostOffice]:
    """From now on the machine's letters go to this mail server."""
    office = PostOffice()
    server = Server(office)
    server.start()
    machine.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{server.port}"
    yield office
    server.stop()
