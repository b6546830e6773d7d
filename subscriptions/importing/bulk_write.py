"""Writes checked rows of a file to the table of subscribers, many rows per statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime

from django.db import transaction

from subscriptions import email_addresses
from subscriptions.models import Subscriber
from subscriptions.preference_defaults import Preferences
from subscriptions.services import former_interests, suppression
from subscriptions.signals import feedback_imported

Status = Subscriber.Status
PREFERENCE_COLUMNS = tuple(each.name for each in fields(Preferences))
MOMENTS = ("consent_at", "confirmed_at", "unsubscribed_at", "paused_until")
WRITTEN_COLUMNS = ("email", *PREFERENCE_COLUMNS, "status", *MOMENTS)


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """A row of a file that is good to be stored."""

    line: int
    # Empty in a row of `address_hash`.
    email: str
    # The preferences that the file gave, and the end of a pause, as a subscriber's row holds them.
    columns: Mapping[str, object]
    # One of Status, or `suppressed`.
    status: str = "active"
    consent_at: datetime | None = None
    unsubscribed_at: datetime | None = None
    # For whoever has no interests: the columns of both.
    default_interests: Mapping[str, object] = field(default_factory=dict)
    # Of a suppression: the class of reason, since when, and the status that is suppressed where the file says it.
    reason: str = ""
    suppressed_at: datetime | None = None
    status_if_lifted: str = ""
    # What the reader said of papers, as our own export has it; any object of JSON.
    feedback: object = None
    # Of a suppression of which the file has nothing but the keyed hash.
    address_hash: str = ""


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
    # Addresses never to be written to, from now on or before.
    suppressed: int = 0
    # People who deleted their data, here or where the file is from, and have not come back: nothing of them is stored.
    deleted: int = 0
    # Of the added and changed: unsubscribed elsewhere.
    unsubscribed: int = 0
    # Of the added: without `consent_at`, so that whoever imports vouches for their consent as of now.
    attested: int = 0
    # Of the added: to be asked to confirm.
    pending: int = 0

    def add(self, counts: "ImportCounts") -> None:
        """Add the numbers of other rows to these."""
        for name in (each.name for each in fields(ImportCounts)):
            setattr(self, name, getattr(self, name) + getattr(counts, name))


def import_entries(
    entries: Sequence[CheckedRow], now: datetime, *, written: datetime | None = None, dry_run: bool = False
) -> ImportCounts:
    """Add and change people, none of them twice in *entries*, and return what became of the rows.

    Whoever left or complained stays as they are. So do the preferences of those who changed them since the rows were
    *written*; without that they are overwritten.
    """
    counts = ImportCounts()
    hashed = [entry for entry in entries if entry.address_hash]
    counts.deleted = sum(entry.reason == suppression.SuppressionReason.DELETED for entry in hashed)
    counts.suppressed = len(hashed) - counts.deleted
    entries = [entry for entry in entries if not entry.address_hash]
    with transaction.atomic():
        keys = [email_addresses.key(entry.email) for entry in entries]
        known = {row.email_key: row for row in Subscriber.objects.filter(email_key__in=keys)}
        interests = {row.id: (row.categories, row.filters) for row in known.values()}
        suppressed, deleted = suppression.find_known(keys)
        changed_since = {key for key, row in known.items() if written and row.changed_at and row.changed_at > written}
        decided = [
            _decide_row(
                entry, known.get(key), now, counts, is_suppressed=key in suppressed, is_newer_here=key in changed_since
            )
            for key, entry in zip(keys, entries, strict=True)
            if not (key in deleted and _count_deleted(entry, counts, is_suppressed=key in suppressed))
        ]
        if not dry_run:
            # One kind of statement for new and known people: the address says which.
            Subscriber.objects.bulk_create(
                [row for row in decided if row is not None],
                update_conflicts=True,
                unique_fields=["email_key"],
                update_fields=WRITTEN_COLUMNS,
            )
            former_interests.keep_all(interests, [row for row in decided if row is not None], now)
            _suppress(entries)
            _suppress_hashes(hashed)
            _send_feedback(entries)
    return counts


def _send_feedback(entries: Sequence[CheckedRow]) -> None:
    """Hand what these people said of papers to the apps that keep it."""
    said = {email_addresses.key(entry.email): entry.feedback for entry in entries if entry.feedback}
    if said:
        ids = Subscriber.objects.filter(email_key__in=list(said)).values_list("id", "email_key")
        feedback_imported.send(Subscriber, feedback={subscriber_id: said[key] for subscriber_id, key in ids})


def _suppress(entries: Sequence[CheckedRow]) -> None:
    """Suppress the addresses of those whom the file shows as such. A suppression from before stays as it is."""
    blocked = [entry for entry in entries if entry.status == "suppressed"]
    since = {entry.email: entry.suppressed_at for entry in blocked if entry.suppressed_at}
    for reason in sorted({entry.reason for entry in blocked}):
        emails = [entry.email for entry in blocked if entry.reason == reason]
        suppression.suppress_all(emails, reason, since=since)


def _suppress_hashes(entries: Sequence[CheckedRow]) -> None:
    """Suppress those of whom the file has the keyed hash alone."""
    for reason in sorted({entry.reason for entry in entries}):
        hashes = {entry.address_hash: entry.suppressed_at for entry in entries if entry.reason == reason}
        suppression.suppress_hashes(hashes, reason)


def _count_deleted(entry: CheckedRow, counts: ImportCounts, *, is_suppressed: bool) -> bool:
    """Count a row of somebody who deleted their data, and return True: nothing of it but a suppression is stored."""
    if is_suppressed or entry.status == "suppressed":
        counts.suppressed += 1
    else:
        counts.deleted += 1
    return True


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
    if is_suppressed or entry.status == "suppressed":
        counts.suppressed += 1
        return _decide_suppressed_row(entry, known, now)
    if known is None:
        counts.added += 1
        counts.attested += entry.status == "active" and entry.consent_at is None
        counts.pending += entry.status == "pending"
        counts.unsubscribed += entry.status == "unsubscribed"
        return _make_row(entry, now)
    if known.status == Status.UNSUBSCRIBED and entry.status in {"active", "pending"}:
        counts.left_alone += 1
        return None
    if is_newer_here and entry.status in {"active", "pending"}:
        counts.kept += 1
        return None
    # Somebody who left elsewhere leaves here, but with the preferences that are newer.
    return _change_row(replace(entry, columns={}) if is_newer_here else entry, known, now, counts)


def _decide_suppressed_row(entry: CheckedRow, known: Subscriber | None, now: datetime) -> Subscriber | None:
    """Return the row of somebody whose address must not be written to, or None where nothing is to be written.

    They leave, so that no letters follow if the suppression is taken back, unless the row says what they are then.
    """
    if known is None:
        return _make_row(replace(entry, status=entry.status_if_lifted), now) if entry.status_if_lifted else None
    leaves = "unsubscribed" in (entry.status, entry.status_if_lifted)
    leaves |= entry.status == "suppressed" and not entry.status_if_lifted
    if not leaves or known.status == Status.UNSUBSCRIBED:
        return None
    _fill_columns(known, replace(entry, columns={}, status="unsubscribed"), now)
    return known


def _make_row(entry: CheckedRow, now: datetime) -> Subscriber:
    added = Subscriber(email_key=email_addresses.key(entry.email), created_at=now)
    _fill_columns(added, entry, now)
    return added


def _change_row(entry: CheckedRow, known: Subscriber, now: datetime, counts: ImportCounts) -> Subscriber | None:
    before = [getattr(known, name) for name in WRITTEN_COLUMNS]
    _fill_columns(known, entry, now)
    if before == [getattr(known, name) for name in WRITTEN_COLUMNS]:
        counts.same += 1
        return None
    counts.changed += 1
    counts.unsubscribed += entry.status == "unsubscribed"
    return known


def _fill_columns(row: Subscriber, entry: CheckedRow, now: datetime) -> None:
    for name, value in entry.columns.items():
        setattr(row, name, value)
    if not row.categories and not row.filters:
        for name, value in entry.default_interests.items():
            setattr(row, name, value)
    row.email = entry.email
    if entry.status == "active":
        row.consent_at = entry.consent_at or row.consent_at or now
        row.confirmed_at = row.confirmed_at or now
        row.status = Status.ACTIVE
    elif entry.status != "pending":
        row.consent_at = entry.consent_at or row.consent_at
        row.unsubscribed_at = row.unsubscribed_at or entry.unsubscribed_at or now
        row.status = Status.UNSUBSCRIBED
