"""SQLite's write-ahead journal is on, and no other database is asked for it."""

import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django.db.backends.sqlite3.base import DatabaseWrapper

from digest.infra.sqlite_wal import enable_wal


def test_the_journal_is_on_after_the_first_connection(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite3"
    sqlite3.connect(path).close()
    connection: Any = SimpleNamespace(vendor="sqlite", cursor=lambda: _Cursor(path))
    enable_wal(connection)
    [(mode,)] = sqlite3.connect(path).execute("PRAGMA journal_mode")
    assert mode == "wal"
    assert DatabaseWrapper.vendor == "sqlite"


def test_another_database_is_asked_for_nothing() -> None:
    asked: list[str] = []
    connection: Any = SimpleNamespace(vendor="postgresql", cursor=lambda: asked.append("a cursor"))
    enable_wal(connection)
    assert asked == []


class _Cursor:
    """A context manager, as Django's cursor is."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path)

    def __enter__(self) -> sqlite3.Cursor:
        return self.connection.cursor()

    def __exit__(self, *_error: object) -> None:
        self.connection.close()
