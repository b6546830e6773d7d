"""A home, a database and a way out for letters, on which processes run and die."""

import os
import shutil
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

from django.db import connection

from tests.faults import driver
from tests.processes import Child


class Machine:
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
