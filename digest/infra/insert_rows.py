"""Inserts many rows at once, without a model for each: a sixth of the work.

PostgreSQL gets them by COPY, SQLite by one prepared statement.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Model

Row = Sequence[Any]


def insert_rows(model: type[Model], columns: Sequence[str], rows: Sequence[Row], *, skips_existing: bool) -> None:
    """Insert rows, the values of each in the order of *columns*, within a transaction.

    A row that exists stays as it is with *skips_existing*; else IntegrityError is raised, and none is inserted.
    """
    if connection.vendor == "postgresql":
        try:
            with transaction.atomic():
                _copy_rows(model, columns, rows)
            return
        except IntegrityError:
            if not skips_existing:
                raise
    _execute_for_each(model, columns, rows, " ON CONFLICT DO NOTHING" if skips_existing else "")


def _copy_rows(model: type[Model], columns: Sequence[str], rows: Sequence[Row]) -> None:
    statement = f"COPY {_name_table(model)} ({_name_columns(columns)}) FROM STDIN"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as stream:
        for row in rows:
            stream.write_row(row)


def _execute_for_each(model: type[Model], columns: Sequence[str], rows: Sequence[Row], on_conflict: str) -> None:
    # Many rows share their moments.
    written = cache(connection.ops.adapt_datetimefield_value)
    places = ", ".join(["%s"] * len(columns))
    into = f"INSERT INTO {_name_table(model)} ({_name_columns(columns)})"
    with connection.cursor() as cursor:
        cursor.executemany(
            f"{into} VALUES ({places}){on_conflict}",
            [[written(value) if isinstance(value, datetime) else value for value in row] for row in rows],
        )


def _name_table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _name_columns(columns: Sequence[str]) -> str:
    return ", ".join(map(connection.ops.quote_name, columns))
