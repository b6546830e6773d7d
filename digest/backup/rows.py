"""Reads all rows of a database, and writes them into another one, of whatever kind the two are.

Values pass as Python's, so that each database keeps them in its own way.
"""

import base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Any

from django.apps.registry import Apps
from django.core.management.color import no_style
from django.db import connections, models, transaction

from digest.models.compact_json import CompactJSONField

ROWS_PER_QUERY = 1000
# Made again by whoever logs in.
NOT_KEPT = frozenset({"sessions.session"})

Row = Sequence[Any]
Model = type[models.Model]


def list_tables(apps: Apps) -> list[Model]:
    """Return the model of every table whose rows are kept, in the order of their names."""
    found = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    kept = (model for model in found if not model._meta.proxy and model._meta.label_lower not in NOT_KEPT)
    return sorted(kept, key=lambda model: model._meta.label_lower)


def list_columns(model: Model) -> list[str]:
    """Return the names of a table's columns, as the fields of its model are called."""
    return [field.attname for field in model._meta.concrete_fields]


@contextmanager
def one_moment(using: str) -> Iterator[None]:
    """Let all reads within see the database as it is at one moment, while others go on writing."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        with transaction.atomic(using=using), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    # Of Django's own, which are IMMEDIATE here, the first one would keep all writers waiting.
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def read_rows(model: Model, using: str) -> Iterator[Row]:
    """Yield the rows of a table, their values in the order of `list_columns`."""
    rows = model._base_manager.using(using).order_by().values_list(*list_columns(model))
    return rows.iterator(chunk_size=ROWS_PER_QUERY)


def write_rows(model: Model, rows: Iterable[Row], using: str) -> int:
    """Write rows as they are: no time of now, no default, no signal. Return how many there were."""
    connection, fields = connections[using], model._meta.concrete_fields
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places})"  # noqa: S608 - quoted names
    prepare = [partial(field.get_db_prep_save, connection=connection) for field in fields]
    count = 0
    with connection.cursor() as cursor:
        remaining = iter(rows)
        while batch := list(islice(remaining, ROWS_PER_QUERY)):
            values = [[to(value) for to, value in zip(prepare, row, strict=True)] for row in batch]
            cursor.executemany(statement, values)
            count += len(batch)
    return count


def delete_all(tables: Iterable[Model], using: str) -> None:
    """Delete the rows of all tables, within a transaction in which references are looked at in the end."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for model in tables:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608 - quoted


def reset_sequences(tables: Sequence[Model], using: str) -> None:
    """Let new rows get numbers behind those of the rows that were written."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(tables)):
            cursor.execute(statement)


def encode_row(row: Row) -> list[Any]:
    """Return a row as JSON has it."""
    return [_encode(value) for value in row]


def _encode(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return str(value) if isinstance(value, Decimal) else value


def make_decoder(model: Model) -> Callable[[Sequence[Any]], list[Any]]:
    """Return what reads a row of the table again that `encode_row` made. It raises ValueError on what is none."""
    decoders = [_decoder_of(field) for field in model._meta.concrete_fields]

    def decode(row: Sequence[Any]) -> list[Any]:
        pairs = zip(decoders, row, strict=True)
        return [value if decode is None or value is None else decode(value) for decode, value in pairs]

    return decode


def _decoder_of(field: Any) -> Callable[[Any], Any] | None:
    """Return what reads a value of the field; None where JSON has it as it is."""
    if isinstance(field, models.ForeignKey | models.OneToOneField):
        return _decoder_of(field.target_field)
    if isinstance(field, CompactJSONField):
        return None
    for kind, decode in _DECODERS.items():
        if isinstance(field, kind):
            return decode
    return None


# A datetime is a date too, so it stands first.
_DECODERS: dict[type[Any], Callable[[Any], Any]] = {
    models.DateTimeField: datetime.fromisoformat,
    models.DateField: date.fromisoformat,
    models.TimeField: time.fromisoformat,
    models.DecimalField: Decimal,
    models.BinaryField: base64.b64decode,
}
