"""Inserts many rows into the outbox at once, without a model for each: a sixth of the work.

PostgreSQL gets them by COPY, SQLite by one prepared statement.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction

from digest.domain import Choice, Reason
from digest.models import Delivery, Edition
from digest.models.compact_json import deflate_json, encode_list
from digest.picking.stored_picks import encode_picks, encode_reasons


class NewLetter(NamedTuple):
    """A row to insert, by the names of its columns; `picks` and `notices` are in the choice."""

    subscriber_id: int
    state: str
    reason: str
    # For an excluded letter it is empty, except for how many papers matched.
    choice: Choice
    language: str
    detail: str
    not_after: datetime
    finished_at: datetime | None


COPIED_COLUMNS = (
    *("edition_id", "created_at", "subscriber_id", "state", "reason", "picks", "notices", "matched"),
    *("covers_from", "news", "language", "detail", "not_after", "finished_at"),
)

# After so many new rows PostgreSQL's statistics of the outbox are wrong, and again after so many times as many.
ANALYZE_AFTER_ROWS, ANALYZE_GROWTH = 1000, 8

# The columns by which rows are found. To count all columns takes three times as long, most of it for the picks.
COUNTED_COLUMNS = ("edition_id", "subscriber_id", "state")


class StatisticsRefresher:
    """Refreshes PostgreSQL's statistics while one planning inserts many rows.

    PostgreSQL does it by itself once a tenth of the table is new. Until then it assumes that a new edition is almost
    empty: it reads all of its rows to find who has one, and all open letters to find a claimed one.
    """

    def __init__(self) -> None:
        # Since the last time, and until then.
        self._rows, self._counted = 0, 0
        self._threshold = ANALYZE_AFTER_ROWS

    def add_rows(self, rows: int) -> None:
        """Count new rows, and refresh the statistics if there are enough."""
        self._rows += rows
        if self._rows >= self._threshold:
            self._refresh()

    def finish(self) -> None:
        """Refresh the statistics once more if most rows are new since the last time."""
        if self._rows > self._counted and self._rows >= ANALYZE_AFTER_ROWS:
            self._refresh()

    def _refresh(self) -> None:
        refresh_statistics()
        self._rows, self._counted = 0, self._counted + self._rows
        self._threshold *= ANALYZE_GROWTH


def refresh_statistics() -> None:
    """Refresh PostgreSQL's statistics of the outbox.

    It does nothing within a transaction, as others who refresh would wait for its end.
    """
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            table, *columns = map(connection.ops.quote_name, (Delivery._meta.db_table, *COUNTED_COLUMNS))
            cursor.execute(f"ANALYZE {table} ({', '.join(columns)})")


def insert_deliveries(edition: Edition, letters: Sequence[NewLetter], now: datetime) -> None:
    """Insert a row for each letter, within a transaction. A row that exists stays as it is."""
    if connection.vendor == "sqlite":
        _insert_rows(edition, letters, now)
    elif connection.vendor != "postgresql" or not _copy_rows(edition, letters, now):
        Delivery.objects.bulk_create((_delivery_row(edition, letter, now) for letter in letters), ignore_conflicts=True)


def _insert_rows(edition: Edition, letters: Sequence[NewLetter], now: datetime) -> None:
    constant = _constant_columns()
    columns = ", ".join(map(connection.ops.quote_name, (*COPIED_COLUMNS, *constant)))
    places = ", ".join(["%s"] * (len(COPIED_COLUMNS) + len(constant)))
    table = connection.ops.quote_name(Delivery._meta.db_table)
    # Most letters share their moments.
    written = cache(connection.ops.adapt_datetimefield_value)
    rows: list[list[Any]] = [
        [written(value) if isinstance(value, datetime) else value for value in (*values, *constant.values())]
        for values in _row_values(edition, letters, now)
    ]
    statement = " ".join(("INSERT OR IGNORE INTO", table, f"({columns})", "VALUES", f"({places})"))
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)


def _copy_rows(edition: Edition, letters: Sequence[NewLetter], now: datetime) -> bool:
    """Insert rows by COPY. Return False, with nothing inserted, if another planner has inserted one of them."""
    constant = _constant_columns()
    columns = ", ".join(map(connection.ops.quote_name, (*COPIED_COLUMNS, *constant)))
    table = connection.ops.quote_name(Delivery._meta.db_table)
    try:
        with (
            transaction.atomic(),
            connection.wrap_database_errors,
            connection.cursor() as cursor,
            cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as stream,
        ):
            for values in _row_values(edition, letters, now):
                stream.write_row((*values, *constant.values()))
    except IntegrityError:
        return False
    return True


def _constant_columns() -> dict[str, object]:
    """Return the columns that COPIED_COLUMNS leaves out, with their defaults."""
    fields = (field for field in Delivery._meta.concrete_fields if not field.primary_key)
    return {
        field.column: field.get_default() for field in fields if field.column and field.column not in COPIED_COLUMNS
    }


def _row_values(edition: Edition, letters: Sequence[NewLetter], now: datetime) -> Iterator[tuple[object, ...]]:
    """Yield the values of each row in the order of COPIED_COLUMNS."""
    for letter in letters:
        choice = letter.choice
        picks, before = [], None
        for rank, score, reasons in choice.picks:
            own = "" if reasons == before else f",{_encode_reasons(reasons)}"
            picks.append(f"[{rank},{score!r}{own}]")
            before = reasons
        yield (
            edition.id,
            now,
            letter.subscriber_id,
            letter.state,
            letter.reason,
            deflate_json(f"[{','.join(picks)}]") if picks else b"",
            encode_list(choice.notices),
            choice.matched,
            choice.covers_from,
            encode_list(choice.news) if choice.news else None,
            letter.language,
            letter.detail,
            letter.not_after,
            letter.finished_at,
        )


@lru_cache(maxsize=10_000)
def _encode_reasons(reasons: tuple[Reason, ...]) -> str:
    return json.dumps(encode_reasons(reasons), separators=(",", ":"))


def _delivery_row(edition: Edition, letter: NewLetter, now: datetime) -> Delivery:
    return Delivery(
        edition=edition,
        subscriber_id=letter.subscriber_id,
        state=letter.state,
        reason=letter.reason,
        picks=encode_picks(letter.choice),
        notices=list(letter.choice.notices),
        matched=letter.choice.matched,
        covers_from=letter.choice.covers_from,
        news=list(letter.choice.news) or None,
        language=letter.language,
        detail=letter.detail,
        created_at=now,
        not_after=letter.not_after,
        finished_at=letter.finished_at,
    )
