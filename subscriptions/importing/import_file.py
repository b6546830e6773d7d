"""Imports subscribers from a file: reads, checks and stores its rows in portions.

So memory stays flat, and a stop loses little. For somebody known, columns that the file does not have stay as they are.
"""

import re
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from itertools import islice, pairwise
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from subscriptions import email_addresses, validators
from subscriptions.filters.error_messages import find_hints
from subscriptions.importing.bulk_write import CheckedRow, ImportCounts, import_entries
from subscriptions.importing.file_rows import COLUMNS, RefusedRow, Row, read_rows
from subscriptions.signals import delivery_times_imported

STATUSES = ("active", "pending", "unsubscribed", "suppressed")
ROWS_PER_TRANSACTION = 2000
MAX_NOTES = 20
MAX_UNKNOWN_COLUMNS = 20
EARLIEST_CONSENT = datetime(1990, 1, 1, tzinfo=UTC)

# Takes how many rows are done, and how many there are.
Tick = Callable[[int, int | None], None]


@dataclass(slots=True)
class ImportReport(ImportCounts):
    """Counts of all rows: rows = added + changed + same + kept + left_alone + suppressed + repeated + refused."""

    rows: int = 0
    # Rows whose address comes again further down: the last one counts.
    repeated: int = 0
    refused: int = 0
    # The last line whose portion is stored for good.
    stored_to: int = 0
    finished: bool = False
    unknown_columns: list[str] = field(default_factory=list)
    # The first filters that were taken, but may not mean what was meant.
    notes: list[str] = field(default_factory=list)


def import_file(
    path: Path,
    report: ImportReport,
    *,
    refused: Callable[[RefusedRow], None],
    tick: Tick,
    dry_run: bool = False,
    overwrite: bool = False,
    now: datetime | None = None,
) -> None:
    """Store the rows of *path* and count in *report*, which is true at any moment, also after Ctrl-C.

    Preferences that readers changed since the file was written stay, unless *overwrite*. Raises UnreadableFile.
    """
    now = now or timezone.now()
    repeated, total = _find_repeated_lines(path)
    written = None if overwrite else datetime.fromtimestamp(path.stat().st_mtime, UTC)
    entries = _check_rows(path, repeated, report, refused)
    try:
        while portion := list(islice(entries, ROWS_PER_TRANSACTION)):
            report.add(import_entries(portion, now, written=written, dry_run=dry_run))
            report.stored_to = portion[-1].line
            tick(report.rows, total)
    finally:
        if not dry_run and (report.added or report.changed):
            delivery_times_imported.send(import_file)
    report.finished = True


def _check_rows(
    path: Path, repeated: set[int], report: ImportReport, refused: Callable[[RefusedRow], None]
) -> Iterator[CheckedRow]:
    """Yield the good rows, and count the others on the way."""
    for row in read_rows(path):
        report.rows += 1
        if row.line in repeated:
            report.repeated += 1
            continue
        if isinstance(row, Row):
            _note_unknown_columns(row, report)
        entry = row if isinstance(row, RefusedRow) else _check_row(row)
        if isinstance(entry, CheckedRow):
            _note_filters(entry, report)
            yield entry
        else:
            report.refused += 1
            refused(entry)


def _find_repeated_lines(path: Path) -> tuple[set[int], int]:
    """Return the lines whose address comes again further down, and the number of rows, in a first pass over the file.

    It keeps 16 bytes per row: sorted, equal addresses stand side by side.
    """
    keys, lines = array("Q"), array("Q")
    total = 0
    for row in read_rows(path):
        total += 1
        if isinstance(row, Row) and (email := row.values.get("email")):
            digest = blake2b(email_addresses.key(str(email)).encode(), digest_size=8).digest()
            keys.append(int.from_bytes(digest, "big"))
            lines.append(row.line)
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return {lines[first] for first, second in pairwise(order) if keys[first] == keys[second]}, total


def _note_unknown_columns(row: Row, report: ImportReport) -> None:
    if len(report.unknown_columns) < MAX_UNKNOWN_COLUMNS:
        unknown = [name[:40] for name in row.values if name not in COLUMNS and name[:40] not in report.unknown_columns]
        report.unknown_columns.extend(unknown[:MAX_UNKNOWN_COLUMNS])


def _note_filters(entry: CheckedRow, report: ImportReport) -> None:
    if len(report.notes) >= MAX_NOTES:
        return
    for text in str(entry.columns.get("filters", "")).splitlines():
        for message in _filter_hints(text):
            values = {"line": entry.line, "filter": text, "message": message}
            report.notes.append(_("line %(line)d, %(filter)s: %(message)s") % values)


@lru_cache(maxsize=4096)
def _filter_hints(text: str) -> tuple[str, ...]:
    # Kept, because thousands of rows repeat the same few filters.
    return tuple(hint.message for hint in find_hints([text]))


def _check_row(row: Row) -> CheckedRow | RefusedRow:
    try:
        return _parse_row(row)
    except ValidationError as error:
        return RefusedRow(row.line, "; ".join(error.messages))


def _parse_row(row: Row) -> CheckedRow:
    """Return the row with every value checked. Raises ValidationError."""
    values = row.values
    email = email_addresses.clean(_require_text(values.get("email", ""), "email"))
    columns = {
        **_parse_interests(values),
        **{name: check(values[name]) for name, check in CHECKS.items() if name in values},
    }
    return CheckedRow(
        row.line, email, columns, _parse_status(values.get("status", "active")), _parse_moment(values.get("consent_at"))
    )


def _parse_interests(values: dict[str, object]) -> dict[str, object]:
    """Return both columns of interests: a file that names one of them means the other to be empty."""
    categories = validators.clean_categories(_parse_list(values.get("categories", ""), r"[,;\s]+", "categories"))
    filters = validators.clean_filters(_parse_list(values.get("query", ""), r"\n|\|\|", "query"))
    validators.require_interests(categories, filters)
    return {"categories": " ".join(categories), "filters": "\n".join(filters)}


def _require_text(value: object, column: str) -> str:
    if not isinstance(value, str):
        raise ValidationError(_("%(column)s must be text.") % {"column": column})
    return value


def _require_scalar(value: object, column: str) -> str | int:
    if isinstance(value, str | int) and not isinstance(value, bool):
        return value
    raise ValidationError(_("%(column)s must be a number.") % {"column": column})


def _parse_list(value: object, separator: str, column: str) -> list[str]:
    """Return the parts of a JSON list, or of one text with separators in it."""
    parts = re.split(separator, value) if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise ValidationError(_("%(column)s must be text or a list of texts.") % {"column": column})
    return [part.strip() for part in parts if part.strip()]


def _parse_days(value: object) -> int:
    listed = [_require_scalar(part, "days") for part in value] if isinstance(value, list) else None
    return validators.clean_days(_require_scalar(value, "days") if listed is None else listed)


CHECKS: Mapping[str, Callable[[object], object]] = {
    "language": lambda value: validators.clean_language(_require_text(value, "language")),
    "timezone": lambda value: validators.clean_timezone(_require_text(value, "timezone")),
    "hour": lambda value: validators.clean_hour(_require_scalar(value, "hour")),
    "days": _parse_days,
    "papers": lambda value: validators.clean_papers(_require_scalar(value, "papers")),
    "minimum": lambda value: validators.clean_minimum(_require_scalar(value, "minimum")),
    "detail": lambda value: validators.clean_detail(_require_text(value, "detail")),
}


def _parse_status(value: object) -> str:
    name = _require_text(value, "status").strip().lower()
    if name not in STATUSES:
        problem = _("%(value)s is not one of: %(known)s.")
        raise ValidationError(problem % {"value": validators.quote_value(value), "known": ", ".join(STATUSES)})
    return name


def _parse_moment(value: object) -> datetime | None:
    """Return the moment of a date or time in ISO 8601; without a time zone it is UTC."""
    if value is None:
        return None
    text = _require_text(value, "consent_at").strip()
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        is_plausible = EARLIEST_CONSENT <= moment <= timezone.now() + timedelta(days=1)
    except (ValueError, OverflowError):
        is_plausible = False
    if not is_plausible:
        problem = _("consent_at is %(value)s; write a past date such as 2026-01-31.")
        raise ValidationError(problem % {"value": validators.quote_value(text)})
    return moment
