"""Exports subscribers: all of them for the operator, in the columns that an import reads, and one for themselves."""

import csv
import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, TextIO

from django.db.models import Exists, OuterRef

from subscriptions import signals
from subscriptions.importing.file_rows import COLUMNS, escape_formula
from subscriptions.models import Subscriber, Suppression
from subscriptions.preference_defaults import EVERY_DAY
from subscriptions.validators import DAY_NAMES

ROWS_PER_QUERY = 2000


def write_csv(file: TextIO) -> int:
    """Write all subscribers as CSV and return how many. *file* is open with newline="" and for UTF-8.

    Cells that a spreadsheet would take for a formula get an apostrophe before them; the import takes it away again.
    """
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    total = 0
    for values in _all_subscribers():
        writer.writerow({name: escape_formula(str(value)) for name, value in values.items()})
        total += 1
    return total


def write_jsonl(file: TextIO) -> int:
    """Write all subscribers as JSON Lines and return how many."""
    total = 0
    for values in _all_subscribers():
        file.write(json.dumps(values, ensure_ascii=False) + "\n")
        total += 1
    return total


def collect_own_data(subscriber: Subscriber) -> dict[str, object]:
    """Return everything that is kept about somebody, here and by other apps, as they may download it."""
    moments = ("created_at", "confirmed_at", "unsubscribed_at", "mailed_at", "reminded_at", "changed_at")
    answers: Sequence[tuple[object, Any]] = signals.personal_data_requested.send(
        Subscriber, subscriber_id=subscriber.id
    )
    return {
        **_column_values(subscriber),
        "paused_until": _format_time(subscriber.paused_until),
        "new_address_asked_for": subscriber.new_email,
        "wishes_not_confirmed": subscriber.wishes.get("kept", []),
        **{name: _format_time(getattr(subscriber, name)) for name in moments},
        **{name: value for _receiver, answer in answers for name, value in answer.items()},
    }


def format_days(days: int) -> str:
    """Return the days as `validators.clean_days` reads them."""
    if days == EVERY_DAY:
        return "daily"
    return ",".join(name for number, name in enumerate(DAY_NAMES) if days >> number & 1)


def _all_subscribers() -> Iterator[dict[str, object]]:
    suppressed = Exists(Suppression.objects.filter(email_key=OuterRef("email_key")))
    for row in Subscriber.objects.annotate(suppressed=suppressed).order_by("id").iterator(ROWS_PER_QUERY):
        yield {**_column_values(row), **({"status": "suppressed"} if row.suppressed else {})}


def _column_values(row: Subscriber) -> dict[str, object]:
    """Return the row's values by COLUMNS."""
    return {
        "email": row.email,
        "query": row.filters,
        "categories": row.categories,
        "language": row.language,
        "timezone": row.timezone,
        "hour": row.hour,
        "days": format_days(row.days),
        "papers": row.papers,
        "minimum": row.minimum,
        "detail": row.detail,
        "consent_at": _format_time(row.consent_at),
        "status": row.status,
    }


def _format_time(moment: date | None) -> str:
    return "" if moment is None else moment.isoformat()
