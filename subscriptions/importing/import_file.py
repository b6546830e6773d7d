"""Imports subscribers from files: looks through them, then reads, checks and stores their rows in portions.

So memory stays flat, and a stop loses little. For somebody known, columns that the file does not have stay as they are.
Nobody whom a file shows to have left, bounced or complained becomes active: of several rows of one person the one that
says so counts, in whichever file it stands.
"""

import json
import re
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from itertools import islice, pairwise
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from subscriptions import email_addresses, validators
from subscriptions.address_hashes import name_key
from subscriptions.filters.error_messages import find_hints
from subscriptions.importing.bulk_write import CheckedRow, ImportCounts, import_entries
from subscriptions.importing.columns import normalise_name
from subscriptions.importing.file_rows import FEEDBACK_COLUMN, RefusedRow, Row, UnreadableFile, read_columns, read_rows
from subscriptions.importing.layout import (
    HARMLESS,
    UNKNOWN,
    ColumnGuard,
    DecisionNeeded,
    Instructions,
    Layout,
    build_layout,
    describe_gap,
    refuse_suspects,
)
from subscriptions.importing.moments import EARLIEST_MOMENT, parse_past_moment
from subscriptions.importing.source_files import SourceFile, find_source
from subscriptions.importing.standing import RANKS, Shown, Standing
from subscriptions.services.suppression import classify_reason
from subscriptions.signals import delivery_times_imported

ROWS_PER_TRANSACTION = 2000
MAX_NOTES = 20
MAX_UNKNOWN_COLUMNS = 20
MAX_PAUSE = timedelta(days=3660)
# Columns that whoever imports wrote themselves, in whatever file: what is wrong in them refuses a row.
ADDED_BY_HAND = frozenset({"query", "categories"})
KEYED_HASH = re.compile(r"([0-9a-f]{12}):([0-9a-f]{64})")
ADDRESS_IN_BRACKETS = re.compile(r"[^<>]*<([^<>]+)>\s*")

# As JSON writes it.
NUL = r"\u0000"

# Takes how many rows are done, and how many there are.
Tick = Callable[[int, int | None], None]


@dataclass(slots=True)
class ImportReport(ImportCounts):
    """Counts of all rows.

    rows = added + changed + same + kept + left_alone + suppressed + deleted + not_subscribed + repeated + refused.
    """

    rows: int = 0
    # Known to the service, but never signed up there: not taken.
    not_subscribed: int = 0
    # Rows of people of whom another row counts: one that shows that they left, or the last.
    repeated: int = 0
    refused: int = 0
    # The last line whose portion is stored for good.
    stored_to: int = 0
    finished: bool = False
    # The name of each file, and whose export it was taken for; also the status of all in it where the file shows one.
    recognised: dict[str, str] = field(default_factory=dict)
    # What the files do not show of who left.
    gaps: list[str] = field(default_factory=list)
    unknown_columns: list[str] = field(default_factory=list)
    # The first filters that were taken, but may not mean what was meant.
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _File:
    """A file of the import, once its columns are understood."""

    source: SourceFile
    layout: Layout
    guard: ColumnGuard


@dataclass(frozen=True, slots=True)
class Options:
    """How whoever imports wants it."""

    instructions: Instructions = field(default_factory=Instructions)
    dry_run: bool = False
    # Replace also what readers changed since the file was written.
    overwrite: bool = False
    # Refuse whoever has not confirmed elsewhere.
    no_pending: bool = False
    # For whoever has no interests in the file nor here.
    categories: tuple[str, ...] = ()
    # Write filters as they were probably meant: lists one per line, names of people as `author:`.
    mend_filters: bool = False


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
    """Store the rows of one file; see `import_sources`."""
    options = Options(dry_run=dry_run, overwrite=overwrite)
    import_sources([find_source(path)], report, options, refused=refused, tick=tick, now=now)


def import_sources(
    sources: Sequence[SourceFile],
    report: ImportReport,
    options: Options,
    *,
    refused: Callable[[RefusedRow], None],
    tick: Tick,
    now: datetime | None = None,
) -> None:
    """Store the rows of *sources* and count in *report*, which is true at any moment, also after Ctrl-C.

    Preferences that readers changed since a file was written stay, unless *overwrite*. Raises UnreadableFile, or
    DecisionNeeded where a file does not show, or shows in a way that is not known, who left. Nothing is stored then.
    """
    now = now or timezone.now()
    files = _understand_files(sources, options.instructions)
    superseded, total = _find_superseded(files)
    _require_columns(files, options.instructions)
    for file in files:
        refuse_suspects(file.source.name, file.guard.find_suspects())
        report.recognised[file.source.name] = file.layout.describe()
    report.gaps = [gap for file in files if (gap := describe_gap(file.layout, read_columns(file.source)))]
    if report.gaps and not options.instructions.is_accepted and not options.dry_run:
        advice = _("If you know that nobody in it has left, give --yes. Nothing was stored.")
        raise DecisionNeeded(" ".join([*report.gaps, advice]))
    try:
        for file in files:
            # What came through a pipe may be older than any change that a reader made.
            written = None if options.overwrite else file.source.written or EARLIEST_MOMENT
            entries = _check_rows(file, superseded, report, options, refused, named=len(files) > 1)
            while portion := list(islice(entries, ROWS_PER_TRANSACTION)):
                report.add(import_entries(portion, now, written=written, dry_run=options.dry_run))
                report.stored_to = portion[-1].line
                tick(report.rows, total)
    finally:
        if not options.dry_run and (report.added or report.changed):
            delivery_times_imported.send(import_sources)
    report.finished = True


def _understand_files(sources: Sequence[SourceFile], instructions: Instructions) -> list[_File]:
    """Return the files that have addresses. Raises UnreadableFile or DecisionNeeded."""
    files = []
    for source in sources:
        columns = read_columns(source)
        layout = build_layout(source.name, columns, instructions)
        if layout.format.of_events & {normalise_name(column) for column in columns}:
            if not source.is_in_archive:
                problem = _("%(file)s says what became of letters, and is no list of subscribers.")
                raise UnreadableFile(problem % {"file": source.name})
        elif layout.columns.get("email") or layout.columns.get("address_hash"):
            files.append(_File(source, layout, ColumnGuard(layout, columns)))
        elif not source.is_in_archive:
            problem = _(
                "The first line must name the columns, one of them “email”. Or say which it is: --map NAME=email."
            )
            raise UnreadableFile(problem)
    if not files:
        raise UnreadableFile(_("There is no file with addresses in it."))
    return files


def _require_columns(files: Sequence[_File], instructions: Instructions) -> None:
    """Raise DecisionNeeded for a column that whoever imports named, and that is in none of the files."""
    seen = {normalise_name(name) for file in files for name in file.guard.seen}
    if missing := sorted((instructions.mapped.keys() | instructions.ignored) - seen):
        raise DecisionNeeded(_("There is no column %(name)s. Nothing was stored.") % {"name": ", ".join(missing)})


def _find_superseded(files: Sequence[_File]) -> tuple[set[int], int]:
    """Return the numbers of rows of whose person another row counts, and how many rows there are.

    A row that shows that somebody left comes before all others, then the last. This first pass over the files keeps
    17 bytes per row: sorted, equal addresses stand side by side. It has each file's guard look at all rows.
    """
    keys, ranks, numbers = array("Q"), array("B"), array("Q")
    total = 0
    for file in files:
        for row in read_rows(file.source):
            total += 1
            if isinstance(row, Row):
                file.guard.look_at_row(row.values)
                if email := file.layout.cell(row.values, "email"):
                    key = email_addresses.key(_extract_address(str(email))).encode(errors="surrogatepass")
                    keys.append(int.from_bytes(blake2b(key, digest_size=8).digest(), "big"))
                    ranks.append(_rank_row(file.layout, row.values))
                    numbers.append(total)
                elif address_hash := file.layout.cell(row.values, "address_hash"):
                    _require_same_key(str(address_hash))
    order = sorted(range(len(keys)), key=lambda each: keys[each] << 2 | ranks[each])
    return {numbers[first] for first, second in pairwise(order) if keys[first] == keys[second]}, total


def _require_same_key(cell: str) -> None:
    """Raise DecisionNeeded if a keyed hash of an address was made with another key: it would protect nobody here."""
    found = KEYED_HASH.fullmatch(cell)
    if found and found[1] != name_key():
        raise DecisionNeeded(
            _(
                "The file has hashes of addresses that were made with another SUPPRESSION_KEY. Set it here to what it "
                "is there, before anybody signs up, and import again. Or export with --without-suppressions; those "
                "people are not protected here then. Nothing was stored."
            )
        )


def _rank_row(layout: Layout, values: Mapping[str, object]) -> int:
    try:
        return RANKS[layout.judge(values).standing]
    except ValidationError:
        # Whatever it says, no other row makes the person active.
        return RANKS[Standing.UNSUBSCRIBED]


def _check_rows(
    file: _File,
    superseded: set[int],
    report: ImportReport,
    options: Options,
    refused: Callable[[RefusedRow], None],
    *,
    named: bool,
) -> Iterator[CheckedRow]:
    """Yield the good rows, and count the others on the way."""
    for row in read_rows(file.source):
        report.rows += 1
        if report.rows in superseded:
            report.repeated += 1
            continue
        if isinstance(row, Row):
            _note_unknown_columns(row, file.layout, report)
        entry = row if isinstance(row, RefusedRow) else _check_row(row, file.layout, options)
        if entry is None:
            report.not_subscribed += 1
        elif isinstance(entry, CheckedRow):
            _note_filters(entry, report)
            yield _mend_filters(entry) if options.mend_filters else entry
        else:
            report.refused += 1
            refused(replace(entry, file=file.source.name) if named else entry)


def _note_unknown_columns(row: Row, layout: Layout, report: ImportReport) -> None:
    if len(report.unknown_columns) < MAX_UNKNOWN_COLUMNS:
        names = [name[:40].lower() for name in row.values if layout.meaning(name) == UNKNOWN]
        unknown = [name for name in dict.fromkeys(names) if name not in report.unknown_columns]
        report.unknown_columns.extend(unknown[:MAX_UNKNOWN_COLUMNS])


def _note_filters(entry: CheckedRow, report: ImportReport) -> None:
    if len(report.notes) >= MAX_NOTES:
        return
    for text in str(entry.columns.get("filters", "")).splitlines():
        for message in _filter_hints(text):
            values = {"line": entry.line, "filter": text, "message": message}
            report.notes.append(_("line %(line)d, %(filter)s: %(message)s") % values)


def _mend_filters(entry: CheckedRow) -> CheckedRow:
    """Return the row with what hints propose in the place of its filters; as it is where they would be too many."""
    written = str(entry.columns.get("filters", "")).splitlines()
    mended = [line for text in written for line in _propose_filters(text)]
    if mended == written:
        return entry
    try:
        return replace(entry, columns={**entry.columns, "filters": "\n".join(validators.clean_filters(mended))})
    except ValidationError:
        return entry


@lru_cache(maxsize=4096)
def _propose_filters(text: str) -> tuple[str, ...]:
    return next((hint.mended for hint in find_hints([text]) if hint.mended), (text,))


@lru_cache(maxsize=4096)
def _filter_hints(text: str) -> tuple[str, ...]:
    # Kept, because thousands of rows repeat the same few filters.
    return tuple(hint.message for hint in find_hints([text]))


def _check_row(row: Row, layout: Layout, options: Options) -> CheckedRow | RefusedRow | None:
    """Return the row with every value checked, why it is refused, or None if its person never signed up."""
    used = {name: value for name, value in row.values.items() if layout.meaning(name) not in (UNKNOWN, HARMLESS)}
    if not _is_storable(used):
        return RefusedRow(row.line, _("the row is not text in UTF-8"))
    try:
        shown = layout.judge(row.values)
        if shown.standing == Standing.NOT_SUBSCRIBED:
            return None
        if shown.standing == Standing.PENDING and options.no_pending:
            raise ValidationError(_("the person has not confirmed, and --no-pending is given"))
        return _parse_row(row, layout, shown, options)
    except ValidationError as error:
        return RefusedRow(row.line, "; ".join(error.messages))


def _is_storable(values: Mapping[str, object]) -> bool:
    """Return whether a database can hold these texts."""
    try:
        text = json.dumps(values, ensure_ascii=False)
        text.encode()
    except (ValueError, RecursionError):
        return False
    return NUL not in text


def _parse_row(row: Row, layout: Layout, shown: Shown, options: Options) -> CheckedRow:
    """Return the row with every value checked. Raises ValidationError."""
    values = {name: value for name in OWN_COLUMNS if (value := layout.cell(row.values, name)) is not None}
    if "email" not in values and "address_hash" in values:
        return _parse_hash_row(row, layout, values)
    email = email_addresses.clean(_extract_address(_require_text(values.get("email", ""), "email")))
    is_wanted = shown.standing in (Standing.ACTIVE, Standing.PENDING)
    columns: dict[str, object] = {}
    for name, check in CHECKS.items():
        if name in values:
            try:
                columns |= check(values[name])
            except ValidationError:
                # Whoever has left is taken with whatever is right of their preferences.
                if is_wanted and (layout.format.is_strict or name in ADDED_BY_HAND):
                    raise
    columns |= _complete_interests(columns, values, is_needed=is_wanted and not options.categories)
    return CheckedRow(
        row.line,
        email,
        columns,
        shown.standing,
        _find_consent(row.values, layout),
        unsubscribed_at=_find_end(row.values, layout, ("unsubscribed", "complained")),
        default_interests={"categories": " ".join(options.categories), "filters": ""} if is_wanted else {},
        reason=str(values.get("suppressed_for") or shown.reason)[:40],
        suppressed_at=_find_end(row.values, layout, ("blocked", "bounced", "complained")),
        status_if_lifted=_parse_status_if_lifted(values.get("status_if_lifted")),
        feedback=layout.cell(row.values, FEEDBACK_COLUMN),
    )


def _parse_hash_row(row: Row, layout: Layout, values: Mapping[str, object]) -> CheckedRow:
    """Return a row that has the keyed hash of an address and no address. Raises ValidationError."""
    found = KEYED_HASH.fullmatch(_require_text(values["address_hash"], "address_hash"))
    if not found:
        raise ValidationError(_("address_hash is not what an export writes there."))
    return CheckedRow(
        row.line,
        "",
        {},
        "suppressed",
        reason=classify_reason(str(values.get("suppressed_for"))),
        suppressed_at=_find_end(row.values, layout, ("blocked",)),
        address_hash=found[2],
    )


def _extract_address(text: str) -> str:
    """Return the address in `Ada <ada@example.org>`, and any other text as it is."""
    found = ADDRESS_IN_BRACKETS.fullmatch(text)
    return found[1] if found else text


def _complete_interests(
    columns: Mapping[str, object], values: Mapping[str, object], *, is_needed: bool
) -> dict[str, object]:
    """Return both columns of interests: a row that names one of them means the other to be empty.

    Raises ValidationError if there are none where they are needed.
    """
    categories, filters = str(columns.get("categories", "")), str(columns.get("filters", ""))
    has_any = "categories" in values or "query" in values
    if is_needed or (has_any and (categories or filters)):
        validators.require_interests(tuple(categories.split()), tuple(filters.splitlines()))
    return {"categories": categories, "filters": filters} if has_any and (categories or filters) else {}


def _find_consent(values: Mapping[str, object], layout: Layout) -> datetime | None:
    """Return the moment of consent, None if there is none. Raises ValidationError for a wrong one in our own column."""
    for name, cell in layout.consent_cells(values):
        if layout.format.is_strict and normalise_name(name) == "consent_at":
            return _parse_moment(cell)
        if moment := parse_past_moment(cell):
            return moment
    return None


def _find_end(values: Mapping[str, object], layout: Layout, fields: Sequence[str]) -> datetime | None:
    """Return the first moment in the row's columns of these fields."""
    moments = (parse_past_moment(value) for name, value in values.items() if layout.meaning(name) in fields)
    return next((moment for moment in moments if moment), None)


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


CHECKS: Mapping[str, Callable[[object], dict[str, object]]] = {
    "categories": lambda value: {"categories": " ".join(_parse_categories(value))},
    "query": lambda value: {"filters": "\n".join(_parse_filters(value))},
    "language": lambda value: {"language": validators.clean_language(_require_text(value, "language"))},
    "timezone": lambda value: {"timezone": validators.clean_timezone(_require_text(value, "timezone"))},
    "hour": lambda value: {"hour": validators.clean_hour(_require_scalar(value, "hour"))},
    "days": lambda value: {"days": _parse_days(value)},
    "papers": lambda value: {"papers": validators.clean_papers(_require_scalar(value, "papers"))},
    "minimum": lambda value: {"minimum": validators.clean_minimum(_require_scalar(value, "minimum"))},
    "detail": lambda value: {"detail": validators.clean_detail(_require_text(value, "detail"))},
    "popularity": lambda value: {"popularity": validators.clean_popularity(_require_text(value, "popularity"))},
    "switched_off": lambda value: {"switched_off": " ".join(_parse_switched_off(value))},
    "paused_until": lambda value: {"paused_until": _parse_pause(value)},
}
OWN_COLUMNS = ("email", *CHECKS, "suppressed_for", "status_if_lifted", "address_hash")


def _parse_categories(value: object) -> tuple[str, ...]:
    return validators.clean_categories(_parse_list(value, r"[,;\s]+", "categories"))


def _parse_filters(value: object) -> tuple[str, ...]:
    return validators.clean_filters(_parse_list(value, r"\n|\|\|", "query"))


def _parse_switched_off(value: object) -> tuple[str, ...]:
    return validators.clean_switched_off(_parse_list(value, r"[,;\s]+", "switched_off"))


def _parse_pause(value: object) -> date:
    """Return the day on which letters begin again."""
    text = _require_text(value, "paused_until").strip()
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        day = date.max
    if not EARLIEST_MOMENT.date() <= day <= timezone.now().date() + MAX_PAUSE:
        problem = _("paused_until is %(value)s; write a date such as 2026-01-31.")
        raise ValidationError(problem % {"value": validators.quote_value(text)})
    return day


def _parse_status_if_lifted(value: object) -> str:
    """Return what a suppressed person is once that is taken back, empty where a file does not say it."""
    return value if value in ("active", "pending", "unsubscribed") and isinstance(value, str) else ""


def _parse_moment(value: object) -> datetime | None:
    """Return the moment of a date or time in ISO 8601; without a time zone it is UTC."""
    text = _require_text(value, "consent_at").strip()
    moment = parse_past_moment(text)
    if moment is None:
        problem = _("consent_at is %(value)s; write a past date such as 2026-01-31.")
        raise ValidationError(problem % {"value": validators.quote_value(text)})
    return moment
