"""Exports subscribers: all of them for the operator, in the columns that an import reads, and one for themselves.

An import into an empty installation gives the same people, who get and do not get the same letters: pauses, statuses
and suppressions are in the file. Those of addresses that are nobody's here are hashes, for the same SUPPRESSION_KEY.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Any, TextIO

from django.db.models import Exists, OuterRef, Q, Subquery

from subscriptions import email_addresses, signals
from subscriptions.address_hashes import name_key
from subscriptions.importing.file_rows import COLUMNS, FEEDBACK_COLUMN, escape_formula
from subscriptions.models import Subscriber, Suppression
from subscriptions.preference_defaults import EVERY_DAY
from subscriptions.selectors import find_suppressions
from subscriptions.validators import DAY_NAMES

ROWS_PER_QUERY = 2000
SUPPRESSION_COLUMNS = ("suppressed_for", "suppressed_at", "status_if_lifted", "address_hash")


def write_csv(file: TextIO, *, suppressions: bool = True, feedback: bool = False) -> int:
    """Write everybody as CSV and return how many rows. *file* is open with newline="" and for UTF-8.

    Cells that a spreadsheet would take for a formula get an apostrophe before them; the import takes it away again.
    """
    columns = (*COLUMNS, FEEDBACK_COLUMN) if feedback else COLUMNS
    writer = csv.DictWriter(file, columns, lineterminator="\n")
    writer.writeheader()
    total = 0
    for values in _all_rows(suppressions=suppressions, feedback=feedback):
        if feedback:
            values[FEEDBACK_COLUMN] = json.dumps(values.get(FEEDBACK_COLUMN, []), ensure_ascii=False)
        writer.writerow({name: escape_formula(str(value)) for name, value in values.items()})
        total += 1
    return total


def write_jsonl(file: TextIO, *, suppressions: bool = True, feedback: bool = False) -> int:
    """Write everybody as JSON Lines and return how many rows."""
    total = 0
    for values in _all_rows(suppressions=suppressions, feedback=feedback):
        file.write(json.dumps(values, ensure_ascii=False) + "\n")
        total += 1
    return total


def collect_own_data(subscriber: Subscriber) -> dict[str, object]:
    """Return everything that is kept about somebody, here and by other apps, as they may download it."""
    moments = ("created_at", "confirmed_at", "unsubscribed_at", "asked_at", "mailed_at", "reminded_at", "changed_at")
    answers: Sequence[tuple[object, Any]] = signals.personal_data_requested.send(
        Subscriber, subscriber_id=subscriber.id
    )
    return {
        **_column_values(subscriber),
        "new_address_asked_for": subscriber.new_email,
        "wishes_not_confirmed": subscriber.wishes.get("kept", []),
        **{name: _format_time(getattr(subscriber, name)) for name in moments},
        "remembered_browsers": [
            {"since": _format_time(browser.created_at), "until": _format_time(browser.expires_at)}
            for browser in subscriber.remembered_browsers.order_by("id")
        ],
        "earlier_addresses": [
            {"email": change.old_email, "until": _format_time(change.changed_at)}
            for change in subscriber.address_changes.order_by("id")
        ],
        "earlier_interests": [
            {"categories": row.categories, "query": row.filters, "until": _format_time(row.ended_at)}
            for row in subscriber.former_interests.order_by("id")
        ],
        # Kept by a hash of the address alone.
        "suppressions": [
            {"reason": row.reason, "since": _format_time(row.created_at)}
            for row in Suppression.objects.filter(address_hash=subscriber.address_hash).order_by("id")
        ],
        "account_letters_waiting": [
            {"kind": errand.kind, "email": errand.email, "since": _format_time(errand.created_at)}
            for errand in subscriber.errands.order_by("id")
        ],
        **{name: value for _receiver, answer in answers for name, value in answer.items()},
    }


def format_days(days: int) -> str:
    """Return the days as `validators.clean_days` reads them."""
    if days == EVERY_DAY:
        return "daily"
    return ",".join(name for number, name in enumerate(DAY_NAMES) if days >> number & 1)


def _all_rows(*, suppressions: bool, feedback: bool) -> Iterator[dict[str, object]]:
    """Yield everybody. Without *suppressions* whoever must not be written to is left out altogether."""
    rows = (row for row in _all_subscribers() if suppressions or row["status"] != "suppressed")
    while portion := list(islice(rows, ROWS_PER_QUERY)):
        yield from _add_feedback(portion) if feedback else portion
    if suppressions:
        yield from _suppressions_alone()


def _all_subscribers() -> Iterator[dict[str, object]]:
    found = find_suppressions("address_hash").order_by("id")
    subscribers = Subscriber.objects.annotate(
        reason=Subquery(found.values("reason")[:1]), since=Subquery(found.values("created_at")[:1])
    )
    for row in subscribers.order_by("id").iterator(ROWS_PER_QUERY):
        values = {**_column_values(row), **dict.fromkeys(SUPPRESSION_COLUMNS, "")}
        if row.reason is not None:
            values |= {"status": "suppressed", "status_if_lifted": row.status}
            values |= {"suppressed_for": row.reason, "suppressed_at": _format_time(row.since)}
        yield values


def _suppressions_alone() -> Iterator[dict[str, object]]:
    """Yield the suppressions of addresses that are nobody's here, and who deleted their data: a row with the hash each.

    An installation with the same SUPPRESSION_KEY knows them by it.
    """
    people, key = Subscriber.objects.filter(address_hash=OuterRef("address_hash")), name_key()
    rows = Suppression.objects.filter(Q(reason=Suppression.Reason.DELETED) | ~Exists(people))
    for row in rows.order_by("id").iterator(ROWS_PER_QUERY):
        values = {"status": "suppressed", "suppressed_for": row.reason, "suppressed_at": _format_time(row.created_at)}
        yield {**dict.fromkeys(COLUMNS, ""), **values, "address_hash": f"{key}:{row.address_hash}"}


def _add_feedback(portion: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return the rows with what other apps keep of what these people said."""
    keys = {email_addresses.key(str(row["email"])): row for row in portion}
    ids = dict(Subscriber.objects.filter(email_key__in=list(keys)).values_list("id", "email_key"))
    answers: Sequence[tuple[object, Any]] = signals.feedback_requested.send(Subscriber, subscriber_ids=list(ids))
    for _receiver, answer in answers:
        for subscriber_id, said in answer.items():
            keys[ids[subscriber_id]].setdefault(FEEDBACK_COLUMN, []).extend(said)  # type: ignore[attr-defined]
    return portion


def _column_values(row: Subscriber) -> dict[str, object]:
    """Return the row's values by COLUMNS, but those of a suppression."""
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
        "popularity": row.popularity,
        "switched_off": row.switched_off,
        "consent_at": _format_time(row.consent_at),
        "status": row.status,
        "unsubscribed_at": _format_time(row.unsubscribed_at),
        "paused_until": _format_time(row.paused_until),
    }


def _format_time(moment: date | None) -> str:
    return "" if moment is None else moment.isoformat()
