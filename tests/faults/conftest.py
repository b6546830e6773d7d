"""A database that several processes see, and processes that may be killed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.delivery.smtp_server import PostOffice, Server
from tests.faults.machine import Machine
from tests.processes import copy_of_tables, shared_database

READERS = 6


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
def empty_machine(transactional_db: None, tmp_path: Path) -> Machine:
    """Nobody is there yet."""
    database = shared_database(tmp_path)
    return Machine(tmp_path, database, tmp_path / "shared.sqlite3" if on_sqlite() else None)


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
