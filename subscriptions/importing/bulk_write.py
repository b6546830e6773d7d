"""Writes checked rows of a file to the table of subscribers, many rows per statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime

from django.db import transaction

from subscriptions import email_addresses
from subscriptions.models import Subscriber, Suppression
from subscriptions.preference_defaults import Preferences

Status = Subscriber.Status
PREFERENCE_COLUMNS = tuple(field.name for field in fields(Preferences))
WRITTEN_COLUMNS = ("email", *PREFERENCE_COLUMNS, "status", "consent_at", "confirmed_at", "unsubscribed_at")


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row of a file that is good to be stored."""

    line: int
    email: str
    # The preferences that the file gave, as a subscriber's row holds them.
    columns: Mapping[str, object]
    status: str = "active"
    consent_at: datetime | None = None


@dataclass(slots=True)
class ImportCounts:
    """Numbers of stored rows, by what became of them."""

    added: int = 0
    changed: int = 0
    same: int = 0
    # Readers who changed their preferences themselves since the file was written.
    kept: int = 0
    # Unsubscribed here: an import brings nobody back.
    left_alone: int = 0
    # Addresses never to be written to.
    suppressed: int = 0
    # Of the added: without `consent_at`, so that whoever imports vouches for their consent as of now.
    attested: int = 0

    def add(self, counts: "ImportCounts") -> None:
        """Add the numbers of other rows to these."""
        for name in (field.name for field in fields(ImportCounts)):
            setattr(self, name, getattr(self, name) + getattr(counts, name))


def import_entries(
    entries: Sequence[CheckedRow], now: datetime, *, written: datetime | None = None, dry_run: bool = False
) -> ImportCounts:
    """Add and change people, none of them twice in *entries*, and return what became of the rows.

    Whoever left or complained stays as they are. So do the preferences of those who changed them since the rows were
    *written*; without that they are overwritten.
    """
    counts = ImportCounts()
    with transaction.atomic():
        keys = [email_addresses.key(entry.email) for entry in entries]
        known = {row.email_key: row for row in Subscriber.objects.filter(email_key__in=keys)}
        suppressed = set(Suppression.objects.filter(email_key__in=keys).values_list("email_key", flat=True))
        changed_since = {key for key, row in known.items() if written and row.changed_at and row.changed_at > written}
        decided = [
            _decide_row(
                entry, known.get(key), now, counts, is_suppressed=key in suppressed, is_newer_here=key in changed_since
            )
            for key, entry in zip(keys, entries, strict=True)
        ]
        if not dry_run:
            # One kind of statement for new and known people: the address says which.
            Subscriber.objects.bulk_create(
                [row for row in decided if row is not None],
                update_conflicts=True,
                unique_fields=["email_key"],
                update_fields=WRITTEN_COLUMNS,
            )
    return counts


def _decide_row(
    entry: CheckedRow,
    known: Subscriber | None,
    now: datetime,
    counts: ImportCounts,
    *,
    is_suppressed: bool,
    is_newer_here: bool,
) -> Subscriber | None:
    """Return the row to write, or None where nothing is to be written, and count it."""
    if is_suppressed:
        counts.suppressed += 1
        return None
    if known is None:
        counts.added += 1
        counts.attested += entry.status == "active" and entry.consent_at is None
        added = Subscriber(email_key=email_addresses.key(entry.email), created_at=now)
        _fill_columns(added, entry, now)
        return added
    if known.status == Status.UNSUBSCRIBED and entry.status in {"active", "pending"}:
        counts.left_alone += 1
        return None
    if is_newer_here and entry.status in {"active", "pending"}:
        counts.kept += 1
        return None
    # Somebody who left elsewhere leaves here, but with the preferences that are newer.
    return _change_row(replace(entry, columns={}) if is_newer_here else entry, known, now, counts)


def _change_row(entry: CheckedRow, known: Subscriber, now: datetime, counts: ImportCounts) -> Subscriber | None:
    before = [getattr(known, name) for name in WRITTEN_COLUMNS]
    _fill_columns(known, entry, now)
    if before == [getattr(known, name) for name in WRITTEN_COLUMNS]:
        counts.same += 1
        return None
    counts.changed += 1
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
