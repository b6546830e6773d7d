"""A database that several processes see, and processes that may be killed."""

import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.delivery.post_office import PostOffice, Server
from tests.faults import driver
from tests.processes import Child, copy_of_tables, shared_database

READERS = 6


class Machine:
    """A home, a database and a way out for letters, on which processes run and die."""

    def __init__(self, home: Path, database: str, sqlite: Path | None, planned: Path | None = None) -> None:
        self.home, self.sqlite, self.planned = home, sqlite, planned
        self.environment = {**os.environ, "PREPRINT_POST_HOME": str(home), "DATABASE_URL": database}

    def start(self, *command: str, **environment: str) -> Child:
        return Child(driver.main, *command, environment={**self.environment, **environment})

    def run(self, *command: str, **environment: str) -> Any:
        """What the process answered. It must end well."""
        process = self.start(*command, **environment)
        answer = process.wait()
        assert process.returncode == 0
        return answer

    def plan(self) -> None:
        """A letter for everybody; on SQLite by a copy of a database where that was done."""
        if self.sqlite and self.planned:
            shutil.copy(self.planned, self.sqlite)
        else:
            self.run("plan")

    def run_to_death(self, *command: str, **environment: str) -> None:
        process = self.start(*command, **environment)
        assert process.wait() is None
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
    """Without and with planned letters. Made once, with an empty database; every test works on a copy."""
    home = tmp_path_factory.mktemp("seeded")
    path = home / "database.sqlite3"
    machine = Machine(home, copy_of_tables(path), path)
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
    machine = Machine(tmp_path, shared_database(tmp_path), None)
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
