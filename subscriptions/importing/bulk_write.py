"""Imported rows into the database, a portion at a time: the half of services.py that works in bulk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from django.db import transaction

from subscriptions import email_addresses
from subscriptions.models import Subscriber, Suppression
from subscriptions.preference_values import Preferences

Status = Subscriber.Status
PREFERENCE_COLUMNS = tuple(field.name for field in fields(Preferences))
WRITTEN_COLUMNS = ("email", *PREFERENCE_COLUMNS, "status", "consent_at", "confirmed_at", "unsubscribed_at")


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row of a file, checked."""

    line: int
    email: str
    # Those of the profile that the file gave, as a subscriber's row holds them.
    columns: Mapping[str, object]
    status: str = "active"
    consent_at: datetime | None = None


@dataclass(slots=True)
class ImportCounts:
    added: int = 0
    changed: int = 0
    same: int = 0
    kept: int = 0
    left_alone: int = 0
    suppressed: int = 0
    attested: int = 0


def import_entries(
    entries: Sequence[CheckedRow], now: datetime, *, written: datetime | None = None, dry_run: bool = False
) -> ImportCounts:
    """Add and change people, none of them twice in *entries*. Whoever left or complained stays as they are.

    So do the wishes of those who changed them since the rows were *written*; without that they are overwritten.
    """
    stored = ImportCounts()
    with transaction.atomic():
        keys = [email_addresses.key(entry.email) for entry in entries]
        known = {row.email_key: row for row in Subscriber.objects.filter(email_key__in=keys)}
        never = set(Suppression.objects.filter(email_key__in=keys).values_list("email_key", flat=True))
        pairs = zip(keys, entries, strict=True)
        newer = {key for key, row in known.items() if written and row.changed_at and row.changed_at > written}
        rows = [
            _decide_row(entry, known.get(key), now, stored, never=key in never, newer=key in newer)
            for key, entry in pairs
        ]
        if not dry_run:
            _write([row for row in rows if row is not None])
    return stored


def _write(rows: list[Subscriber]) -> None:
    """One kind of statement for new and known people: the address says which."""
    Subscriber.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["email_key"], update_fields=WRITTEN_COLUMNS
    )


def _decide_row(
    entry: CheckedRow, known: Subscriber | None, now: datetime, stored: ImportCounts, *, never: bool, newer: bool
) -> Subscriber | None:
    """The row to write, or None, counted."""
    if never:
        stored.suppressed += 1
        return None
    if known is None:
        stored.added += 1
        stored.attested += entry.status == "active" and entry.consent_at is None
        return _new_row(entry, now)
    if known.status == Status.UNSUBSCRIBED and entry.status in {"active", "pending"}:
        stored.left_alone += 1
        return None
    if newer and entry.status in {"active", "pending"}:
        stored.kept += 1
        return None
    # Somebody who left elsewhere leaves here, but with the wishes that are newer.
    return _changed_row(replace(entry, columns={}) if newer else entry, known, now, stored)


def _new_row(entry: CheckedRow, now: datetime) -> Subscriber:
    row = Subscriber(email_key=email_addresses.key(entry.email), created_at=now)
    _fill_columns(row, entry, now)
    return row


def _changed_row(entry: CheckedRow, known: Subscriber, now: datetime, stored: ImportCounts) -> Subscriber | None:
    before = [getattr(known, name) for name in WRITTEN_COLUMNS]
    _fill_columns(known, entry, now)
    if before == [getattr(known, name) for name in WRITTEN_COLUMNS]:
        stored.same += 1
        return None
    stored.changed += 1
    return known


def _fill_columns(row: Subscriber, entry: CheckedRow, now: datetime) -> None:
    for name, value in entry.columns.items():
        setattr(row, name, value)
    row.email = entry.email
    if entry.status == "active":
        row.consent_at = entry.consent_at or row.consent_at or now
        row.confirmed_at = row.confirmed_at or now
        row.status = Status.ACTIVE
    elif entry.status != "pending":
        row.consent_at = entry.consent_at or row.consent_at
        row.unsubscribed_at = row.unsubscribed_at or now
        row.status = Status.UNSUBSCRIBED
