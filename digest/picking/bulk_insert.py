"""New rows of the outbox, many at a time. PostgreSQL takes them as a stream: an eighth of the work of model inserts."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from django.db import IntegrityError, connection, transaction

from digest.domain import Choice, Reason
from digest.models import Delivery, Edition
from digest.picking.choose import encode_picks


class NewLetter(NamedTuple):
    """A row to be, by the names of its columns; `picks` and `notices` are the choice's."""

    subscriber_id: int
    state: str
    reason: str
    # Empty for an excluded one, but for how many papers matched.
    choice: Choice
    language: str
    detail: str
    not_after: datetime
    finished_at: datetime | None


STREAMED_COLUMNS = (
    *("edition_id", "created_at", "subscriber_id", "state", "reason", "picks", "notices", "matched"),
    *("language", "detail", "not_after", "finished_at"),
)


# So many new rows, and then so many times as many, make what PostgreSQL believes of the outbox wrong.
ANALYZE_AFTER_ROWS, ANALYZE_GROWTH = 1000, 8


class StatisticsRefresher:
    """Makes PostgreSQL count the rows anew while one planning stores many of them.

    It would by itself, once a tenth of the table is new. Until then it believes that next to nothing is in a new
    edition: it reads all of it to find who has a row, and all open letters to find a claimed one.
    """

    def __init__(self) -> None:
        self._since = 0
        self._next = ANALYZE_AFTER_ROWS

    def note(self, rows: int) -> None:
        self._since += rows
        if self._since >= self._next:
            self._count()

    def finish(self) -> None:
        if self._since >= ANALYZE_AFTER_ROWS:
            self._count()

    def _count(self) -> None:
        refresh_statistics()
        self._since, self._next = 0, self._next * ANALYZE_GROWTH


def refresh_statistics() -> None:
    """Refresh PostgreSQL's statistics. Not within a transaction: until its end others who refresh would wait."""
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(Delivery._meta.db_table)}")


def insert_deliveries(edition: Edition, letters: Sequence[NewLetter], now: datetime) -> None:
    """Within a transaction. A row that exists stays as it is."""
    if connection.vendor != "postgresql" or not _copy_rows(edition, letters, now):
        Delivery.objects.bulk_create((_delivery_row(edition, letter, now) for letter in letters), ignore_conflicts=True)


def _copy_rows(edition: Edition, letters: Sequence[NewLetter], now: datetime) -> bool:
    """False where another planner came first with one of them: then nothing is stored."""
    constant = _constant_columns()
    columns = ", ".join(map(connection.ops.quote_name, (*STREAMED_COLUMNS, *constant)))
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
    """Columns of which a new row has the usual value."""
    own = (field for field in Delivery._meta.concrete_fields if not field.primary_key)
    return {field.column: field.get_default() for field in own if field.column and field.column not in STREAMED_COLUMNS}


def _row_values(edition: Edition, letters: Sequence[NewLetter], now: datetime) -> Iterator[tuple[object, ...]]:
    """Yield the values of each row in the order of STREAMED_COLUMNS."""
    for one in letters:
        picks = f"[{','.join(f'[{rank},{score!r},{_as_json(why)}]' for rank, score, why in one.choice.picks)}]"
        choice, notices = one.choice, json.dumps(one.choice.notices)
        known = (edition.id, now, one.subscriber_id, one.state, one.reason, picks, notices, choice.matched)
        yield (*known, one.language, one.detail, one.not_after, one.finished_at)


@lru_cache(maxsize=10_000)
def _as_json(reasons: tuple[Reason, ...]) -> str:
    return json.dumps(reasons)


def _delivery_row(edition: Edition, letter: NewLetter, now: datetime) -> Delivery:
    return Delivery(
        edition=edition,
        subscriber_id=letter.subscriber_id,
        state=letter.state,
        reason=letter.reason,
        picks=encode_picks(letter.choice),
        notices=list(letter.choice.notices),
        matched=letter.choice.matched,
        language=letter.language,
        detail=letter.detail,
        created_at=now,
        not_after=letter.not_after,
        finished_at=letter.finished_at,
    )
