"""The file of a backup: gzipped lines of JSON, each table with its columns, its rows and their number.

The first line says what was backed up, the last one how many tables and rows there are. A file that ends before is no
backup, and gzip's own checksum finds a damaged one.
"""

import gzip
import json
import os
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from digest.backup.rows import encode_row, list_columns, list_tables, one_moment, read_rows
from digest.domain import ProgressCallback, no_progress
from subscriptions.address_hashes import name_key

FORMAT = "preprint-post-backup/1"
COMPRESSION_LEVEL = 6
DAMAGE = (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, RecursionError)


class BadBackup(Exception):
    """The file is no whole backup. The text says why."""


class NotMigrated(Exception):
    """The database is older than the code, which cannot read it."""


@dataclass(frozen=True, slots=True)
class Header:
    """What was backed up, and when."""

    format: str
    made_at: datetime
    # The last migration of each app.
    migrations: dict[str, str]
    # The name of the SUPPRESSION_KEY that its hashes were made with.
    key: str


@dataclass(frozen=True, slots=True)
class Contents:
    """The numbers of a whole backup: rows by table."""

    header: Header
    rows: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.rows.values())


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table in the file. Its rows are read before the next table."""

    name: str
    columns: list[str]
    rows: Iterator[Sequence[Any]]


def write_backup(path: Path, now: datetime, tick: ProgressCallback = no_progress) -> Contents:
    """Write all rows as they are at this moment to *path*, which appears when it is whole and on the disk.

    Others go on reading and writing meanwhile. Only its owner may read the file. Raises OSError, NotMigrated.
    """
    # Readable by its owner alone, under a name that no other backup has.
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(number, "wb") as raw:
            with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=COMPRESSION_LEVEL, filename="") as file:
                contents = _write_lines(file, now, tick)
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return contents


def _write_lines(file: gzip.GzipFile, now: datetime, tick: ProgressCallback) -> Contents:
    def write(value: Any) -> None:
        file.write(
            json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"
        )

    with one_moment(DEFAULT_DB_ALIAS):
        header = Header(FORMAT, now, find_migrations(), name_key())
        write({**asdict(header), "made_at": now.isoformat()})
        counts: dict[str, int] = {}
        done = 0
        for model in list_tables(apps):
            name, count = model._meta.label_lower, 0
            write({"table": name, "columns": list_columns(model)})
            for row in read_rows(model, DEFAULT_DB_ALIAS):
                write(encode_row(row))
                count += 1
                if count % 1000 == 0:
                    tick(done + count, None)
            counts[name] = count
            done += count
            write({"rows": count})
        write({"tables": len(counts), "total": done})
    tick(done, done)
    return Contents(header, counts)


def find_migrations() -> dict[str, str]:
    """Return the last migration of each app. Raises NotMigrated if one is missing."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    leaves = executor.loader.graph.leaf_nodes()
    if executor.migration_plan(leaves):
        raise NotMigrated
    applied = MigrationRecorder(connections[DEFAULT_DB_ALIAS]).applied_migrations()
    return {app: name for app, name in leaves if (app, name) in applied}


def check_backup(path: Path, tick: ProgressCallback = no_progress) -> Contents:
    """Read the whole file and return what is in it. Raises BadBackup."""
    header, tables = read_backup(path)
    counts: dict[str, int] = {}
    for table in tables:
        counts[table.name] = sum(1 for _row in table.rows)
        tick(sum(counts.values()), None)
    return Contents(header, counts)


def read_backup(path: Path) -> tuple[Header, Iterator[StoredTable]]:
    """Return what was backed up, and the tables, one after the other. Either raises BadBackup."""
    lines = _read_lines(path)
    first = next(lines, None)
    if not isinstance(first, dict) or first.get("format") != FORMAT:
        raise BadBackup(f"{path} is no backup that this version knows.")
    try:
        made_at = datetime.fromisoformat(first["made_at"])
        header = Header(FORMAT, made_at, dict(first["migrations"]), str(first["key"]))
    except DAMAGE as error:
        raise BadBackup(f"{path} is damaged: its first line cannot be read.") from error
    return header, _read_tables(path, lines)


def _read_tables(path: Path, lines: Iterator[Any]) -> Iterator[StoredTable]:
    tables = total = 0
    for line in lines:
        match line:
            case {"table": str(name), "columns": list(columns)}:
                rows = _CountedRows(path, name, lines)
                yield StoredTable(name, columns, rows)
                for _unread in rows:
                    pass
                tables, total = tables + 1, total + rows.count
            case {"tables": counted, "total": all_rows} if (counted, all_rows) == (tables, total):
                if next(lines, None) is None:
                    return
                raise BadBackup(f"{path} is damaged: it goes on behind its end.")
            case _:
                raise BadBackup(f"{path} is damaged: its tables do not add up.")
    raise BadBackup(f"{path} is not whole: it ends before its last line.")


class _CountedRows(Iterator[Sequence[Any]]):
    """The rows of a table up to the line that says how many there are."""

    def __init__(self, path: Path, name: str, lines: Iterator[Any]) -> None:
        self._path, self._name, self._lines = path, name, lines
        self.count, self._is_over = 0, False

    def __next__(self) -> Sequence[Any]:
        if self._is_over:
            raise StopIteration
        line = next(self._lines, None)
        if isinstance(line, list):
            self.count += 1
            return line
        self._is_over = True
        if line != {"rows": self.count}:
            raise BadBackup(f"{self._path} is damaged: the rows of {self._name} do not add up.")
        raise StopIteration


def _read_lines(path: Path) -> Iterator[Any]:
    try:
        with gzip.open(path, "rb") as file:
            for line in file:
                yield json.loads(line.decode("utf-8", "surrogatepass"))
    except FileNotFoundError:
        raise BadBackup(f"There is no file {path}.") from None
    except DAMAGE as error:
        raise BadBackup(f"{path} cannot be read to its end: {error or type(error).__name__}") from error
