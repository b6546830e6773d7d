"""Reads the rows of a file with subscribers, one at a time: CSV or JSON Lines, told apart by what is in it.

CSV may have any delimiter, Excel's line `sep=;`, a header over several lines, or no header but addresses.
"""

import csv
import io
import json
import re
import zipfile
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TextIO

from django.utils.translation import gettext as _

from subscriptions.importing.json_cells import flatten_cells
from subscriptions.importing.source_files import SourceFile

# What our own files say of a person. Whoever is to get letters needs `email` and one of `query` and `categories`.
COLUMNS = (
    "email",
    "query",
    "categories",
    "language",
    "timezone",
    "hour",
    "days",
    "papers",
    "minimum",
    "detail",
    "popularity",
    "switched_off",
    "consent_at",
    "status",
    "unsubscribed_at",
    "paused_until",
    # The class of reason, the moment, and what the person is again if it is taken back.
    "suppressed_for",
    "suppressed_at",
    "status_if_lifted",
    # Of a suppression of nobody here, instead of `email`: the name of the key, a colon and the keyed hash.
    "address_hash",
)

# What a reader said of papers, as JSON; only where it was asked for.
FEEDBACK_COLUMN = "feedback"

# Characters. What stands beyond is not read; the row is then refused.
MAX_LINE_CHARACTERS = 200_000

# Of one record: a cell may hold many filters, each on a line of its own, but not the rest of the file.
MAX_LINES_PER_RECORD = 200

DELIMITERS = ",;\t|"
# Excel's own first line: sep=;
DELIMITER_LINE = re.compile(r"\"?sep=(.)\"?\s*", re.IGNORECASE)
ADDRESS = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"']+")

# A spreadsheet runs a cell that begins with one of these signs, or with the wide ones of Chinese keyboards. What it is
# told to split at commas, semicolons, tabs, quotes or lines becomes several cells.
FORMULA_SIGNS = "=+-@＝＋－＠"
_PART_START = r'(?:^|(?<=[,;|"\t\r\n\x0b\x0c\x85\u2028\u2029]))([ \u00a0\u3000]*)'
_UNGUARDED = re.compile(rf"{_PART_START}(?='*[{re.escape(FORMULA_SIGNS)}])|^(?='*[\t\r])")
_GUARDED = re.compile(rf"{_PART_START}'(?='*[{re.escape(FORMULA_SIGNS)}])|^'(?='*[\t\r])")


@dataclass(frozen=True, slots=True)
class Row:
    """A row as the file has it, not checked yet."""

    line: int
    # By column, as the file writes it; empty cells are missing.
    values: dict[str, object]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that could not be taken, and why."""

    line: int
    reason: str
    # Its name, where several files are imported at once.
    file: str = ""


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the text says why."""


def escape_formula(cell: str) -> str:
    """Return a cell no part of which a spreadsheet takes for a formula: an apostrophe stands before those."""
    return _UNGUARDED.sub(r"\1'", cell)


def unescape_formula(cell: str) -> str:
    """Return the cell without the apostrophes that `escape_formula` put into it."""
    return _GUARDED.sub(r"\1", cell)


def read_rows(source: SourceFile) -> Iterator[Row | RefusedRow]:
    """Yield the rows of *source*. Raises UnreadableFile."""
    for part in _read_parts(source):
        if not isinstance(part, list):
            yield part


def read_columns(source: SourceFile) -> list[str]:
    """Return the names of all columns: those of the header, or of all lines of JSON. Raises UnreadableFile."""
    columns: dict[str, None] = {}
    for part in _read_parts(source):
        if isinstance(part, list):
            return part
        if isinstance(part, Row):
            columns.update(dict.fromkeys(part.values))
    return list(columns)


def _read_parts(source: SourceFile) -> Iterator[list[str] | Row | RefusedRow]:
    """Yield the header of CSV, then the rows."""
    try:
        with source.open() as raw:
            encoding = _detect_encoding(raw.read(4))
        # Bytes that are not UTF-8 become surrogates: the row that needs them is refused, the others are not.
        errors = "surrogateescape" if encoding == "utf-8-sig" else "strict"
        with source.open() as raw, io.TextIOWrapper(raw, encoding=encoding, errors=errors, newline="") as file:
            start = file.read(4096).lstrip()[:1]
            file.seek(0)
            if start == "[":
                raise UnreadableFile(_("This is one JSON list. Please write one JSON object per line."))
            yield from _read_json_rows(file) if start == "{" else _read_csv_rows(file)
    except (OSError, EOFError, UnicodeError, zipfile.BadZipFile, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableFile(
            _("%(file)s cannot be read: %(reason)s") % {"file": source.name, "reason": reason}
        ) from error


def _detect_encoding(start: bytes) -> str:
    """Return the encoding of a text with these first bytes: UTF-16, with its mark or without, or UTF-8."""
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if len(start) == 4 and start[1] == start[3] == 0 != start[0]:
        return "utf-16-le"
    return "utf-16-be" if len(start) == 4 and start[0] == start[2] == 0 != start[1] else "utf-8-sig"


def _bounded_lines(file: TextIO) -> Iterator[str]:
    """Yield the lines, cut at MAX_LINE_CHARACTERS: a file without line breaks cannot fill the memory."""
    while line := file.readline(MAX_LINE_CHARACTERS):
        yield line
        while line and not line.endswith(("\n", "\r")) and len(line) == MAX_LINE_CHARACTERS:
            line = file.readline(MAX_LINE_CHARACTERS)


def _read_json_rows(file: TextIO) -> Iterator[Row | RefusedRow]:
    for number, line in enumerate(_bounded_lines(file), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            yield RefusedRow(number, _("this line is not a JSON object"))
            continue
        if isinstance(value, dict):
            cells = {name.strip(): cell for name, cell in value.items() if cell not in (None, "")}
            yield Row(number, flatten_cells(cells, kept=FEEDBACK_COLUMN))
        else:
            yield RefusedRow(number, _("this line is not a JSON object"))


def _read_csv_rows(file: TextIO) -> Iterator[list[str] | Row | RefusedRow]:
    lines = _PushbackLines(_bounded_lines(file))
    first = next(iter(lines), "")
    while first and not first.strip():
        first = next(iter(lines), "")
    if found := DELIMITER_LINE.fullmatch(first):
        delimiter = found[1]
    else:
        delimiter = max(DELIMITERS, key=re.sub(r'"[^"]*"', "", first).count)
        lines.push_back([first] if first else [])
    header = _next_record(lines, delimiter)
    if header is None:
        raise UnreadableFile(_("The file is empty: it has no columns and no people."))
    if header.problem:
        raise UnreadableFile(_("The first line cannot be read; it must name the columns, one of them “email”."))
    names = [unescape_formula(cell).strip() for cell in header.cells]
    is_without_header = any(map(_is_address, names))
    if is_without_header:
        names = ["email" if _is_address(name) else f"column {n}" for n, name in enumerate(names, start=1)]
    names = [f"{name} ({n})" if name in names[:n] else name for n, name in enumerate(names)]
    yield names
    if is_without_header:
        yield _make_csv_row(header.line, names, header.cells)
    for record in iter(lambda: _next_record(lines, delimiter), None):
        if record.problem:
            yield RefusedRow(record.line, record.problem)
        elif any(cell.strip() for cell in record.cells):
            yield _make_csv_row(record.line, names, record.cells)


def _is_address(cell: str) -> bool:
    """Return whether a cell is an address, perhaps with a name: Ada <ada@example.org>."""
    return bool(ADDRESS.fullmatch(cell) or re.fullmatch(rf"[^<>]*<{ADDRESS.pattern}>", cell))


@dataclass(frozen=True, slots=True)
class _Record:
    """The cells of one record of CSV, or what is wrong with it."""

    line: int
    cells: list[str]
    problem: str = ""


class _PushbackLines:
    """The lines of a file; a record that went wrong pushes back all but its first one."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines, self.pushed_back, self.number = lines, deque[str](), 0

    def __iter__(self) -> Iterator[str]:
        while line := self.pushed_back.popleft() if self.pushed_back else next(self.lines, ""):
            self.number += 1
            yield line

    def push_back(self, lines: list[str]) -> None:
        """Have these lines come once more, before all others."""
        self.pushed_back.extendleft(reversed(lines))
        self.number -= len(lines)


def _next_record(lines: _PushbackLines, delimiter: str) -> _Record | None:
    """Return the next record, or None at the end.

    A quotation mark that nobody closed would swallow the rows after it, other people's: only its own line is lost.
    """
    line, read = lines.number + 1, list[str]()
    try:
        cells = next(csv.reader(_bound_record(lines, read), delimiter=delimiter, strict=True), None)
    except csv.Error as error:
        return _refuse_first_line(line, lines, read, _("this row cannot be read: %(reason)s") % {"reason": error})
    if cells is None:
        return None
    if any(_holds_a_row(cell, delimiter) for cell in cells):
        return _refuse_first_line(
            line, lines, read, _("a quotation mark is not closed: the cell goes on into the next row")
        )
    return _Record(line, cells)


def _refuse_first_line(line: int, lines: _PushbackLines, read: list[str], problem: str) -> _Record:
    lines.push_back(read[1:])
    return _Record(line, [], problem)


def _bound_record(lines: _PushbackLines, read: list[str]) -> Iterator[str]:
    """Yield as many lines as one record may have, and note each in *read*."""
    for line in islice(lines, MAX_LINES_PER_RECORD):
        read.append(line)
        yield line


def _holds_a_row(cell: str, delimiter: str) -> bool:
    """Return whether a line within the cell looks like somebody else's row: one of its cells is an address.

    Filters on lines of their own do not, nor do notes that mention an address.
    """
    return any(
        delimiter in line and any(ADDRESS.fullmatch(part.strip(' "')) for part in line.split(delimiter))
        for line in cell.splitlines()[1:]
    )


def _make_csv_row(line: int, header: list[str], cells: list[str]) -> Row | RefusedRow:
    while len(cells) > len(header) and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) > len(header):
        sizes = {"cells": len(cells), "header": len(header)}
        return RefusedRow(line, _("the row has %(cells)d cells, the header %(header)d") % sizes)
    named = zip(header, cells, strict=False)
    return Row(
        line,
        flatten_cells({name: unescape_formula(cell) for name, cell in named if cell.strip()}, kept=FEEDBACK_COLUMN),
    )
