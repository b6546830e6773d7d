"""SQLite's write-ahead journal, with which readers do not wait for a writer."""

import sqlite3
from typing import Any

from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper


def enable_wal(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Turn the journal on. Receives `connection_created`; the file remembers it, so one success is enough for good.

    The pragma does not wait for others as statements do (https://sqlite.org/wal.html, "Sometimes queries return
    SQLITE_BUSY in WAL mode"). Where it is refused, somebody else has the file open at this instant, and set it.
    """
    if connection.vendor != "sqlite":
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode=WAL")
    except (Error, sqlite3.OperationalError) as error:
        if "locked" not in str(error):
            raise
