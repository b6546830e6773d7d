"""SQLite as we set it up: readers do not wait for a writer, and two writers wait for each other instead of failing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError

from digest.infra import database_retry
from digest.infra.sqlite_wal import enable_wal

# Seconds that the units and compose.yaml give a worker to end.
SHORTEST_GRACE = 120

ASKED = """
import django, json
django.setup()
from django.db import connection, transaction
with connection.cursor() as cursor:
    found = {}
    for name in ("journal_mode", "synchronous", "busy_timeout"):
        cursor.execute(f"PRAGMA {name}")
        found[name] = cursor.fetchone()[0]
statements = []
connection.connection.set_trace_callback(statements.append)
with transaction.atomic():
    pass
print(json.dumps({**found, "begin": statements[0]}))
"""


def test_a_database_file_has_wal_a_timeout_and_immediate_writes(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "deploy.settings",
        "PREPRINT_POST_HOME": str(tmp_path),
        "DATABASE_URL": "",
    }
    answer = subprocess.run(
        [sys.executable, "-c", ASKED],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(answer.stdout) == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL: a power cut takes nothing back
        "busy_timeout": 20_000,  # milliseconds
        "begin": "BEGIN IMMEDIATE",
    }
    assert (tmp_path / "preprint-post.sqlite3").is_file()


def test_a_drain_gives_up_on_a_database_before_it_is_killed(tmp_path: Path) -> None:
    told = (
        "import json; from deploy import settings; print(json.dumps(settings.DATABASES['default']['OPTIONS']['pool']))"
    )
    environment = {**os.environ, "PREPRINT_POST_HOME": str(tmp_path), "DATABASE_URL": "postgres://127.0.0.1:9/nothing"}
    command = [sys.executable, "-c", told]
    answer = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=True)
    step = json.loads(answer.stdout)["timeout"] * (len(database_retry.RETRY_PAUSES_SECONDS) + 1) + sum(
        database_retry.RETRY_PAUSES_SECONDS
    )
    assert 2 * step < SHORTEST_GRACE, "one step, and giving back what is held"


class Busy:
    """Somebody else has the file open at this instant."""

    vendor = "sqlite"

    def __init__(self, message: str) -> None:
        self.message = message

    def cursor(self) -> None:
        raise OperationalError(self.message)


def test_two_may_open_the_database_file_at_once() -> None:
    enable_wal(Busy("database is locked"))  # type: ignore[arg-type]
    with pytest.raises(OperationalError):
        enable_wal(Busy("disk I/O error"))  # type: ignore[arg-type]
