"""Inserts the rows of many letters into the outbox at once, and lets PostgreSQL know how many there are."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from django.db import connection, transaction

from digest.domain import Choice, Reason
from digest.infra.insert_rows import insert_rows
from digest.models import Delivery, Edition
from digest.models.compact_json import MAX_NUMBER, MAX_ROWS, encode_list, encode_rows
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
ANALYZE_AFTER_ROWS, ANALYZE_GROWTH = 1000, 4

# The columns by which rows are found. To count all columns takes three times as long, most of it for the picks.
COUNTED_COLUMNS = ("edition_id", "subscriber_id", "state")
# PostgreSQL draws 300 rows for each. By its own 100 it would read 30,000 blocks of a large table each time; how many
# rows an edition has and how many are open shows in a tenth of them.
STATISTICS_TARGET = 10


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
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL default_statistics_target = %s", [STATISTICS_TARGET])
            table, *columns = map(connection.ops.quote_name, (Delivery._meta.db_table, *COUNTED_COLUMNS))
            cursor.execute(f"ANALYZE {table} ({', '.join(columns)})")


def insert_deliveries(edition: Edition, letters: Sequence[NewLetter], now: datetime) -> None:
    """Insert a row for each letter, within a transaction. A row that exists stays as it is."""
    constant = _constant_columns()
    rows = [(*values, *constant.values()) for values in _row_values(edition, letters, now)]
    insert_rows(Delivery, (*COPIED_COLUMNS, *constant), rows, skips_existing=True)


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
        yield (
            edition.id,
            now,
            letter.subscriber_id,
            letter.state,
            letter.reason,
            _store_picks(choice) if choice.picks else b"",
            encode_list(choice.notices),
            choice.matched,
            choice.covers_from,
            encode_list(choice.news) if choice.news else None,
            letter.language,
            letter.detail,
            letter.not_after,
            letter.finished_at,
        )


def _store_picks(choice: Choice) -> bytes:
    """Return what `encode_list` makes of the same picks, with the reasons of other letters' picks encoded once."""
    ranks, rest, before = [], [], None
    for rank, score, reasons in choice.picks:
        ranks.append(rank)
        rest.append(f"[{score!r}]" if reasons == before else f"[{score!r},{_encode_reasons(reasons)}]")
        before = reasons
    if len(ranks) > MAX_ROWS or max(ranks) > MAX_NUMBER:
        return encode_list(encode_picks(choice))
    return encode_rows(ranks, f"[{','.join(rest)}]")


@lru_cache(maxsize=10_000)
def _encode_reasons(reasons: tuple[Reason, ...]) -> str:
    return json.dumps(encode_reasons(reasons), separators=(",", ":"))
