"""Reads the rows of a file with subscribers, one at a time: CSV or JSON Lines, told apart by what is in it."""

import csv
import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from django.utils.translation import gettext as _

# What a file may say of a person; `email` and one of `query` and `categories` it must.
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
    "consent_at",
    "status",
)

# Characters. What stands beyond is not read; the row is then refused.
MAX_LINE_CHARACTERS = 200_000

# Of one record: a cell may hold many filters, each on a line of its own, but not the rest of the file.
MAX_LINES_PER_RECORD = 200

# As JSON writes it.
NUL = r"\u0000"

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
    # By column, in small letters; cells that the row does not have are missing.
    values: dict[str, object]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that could not be taken, and why."""

    line: int
    reason: str


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the text says why."""


def escape_formula(cell: str) -> str:
    """Return a cell no part of which a spreadsheet takes for a formula: an apostrophe stands before those."""
    return _UNGUARDED.sub(r"\1'", cell)


def unescape_formula(cell: str) -> str:
    """Return the cell without the apostrophes that `escape_formula` put into it."""
    return _GUARDED.sub(r"\1", cell)


def read_rows(path: Path) -> Iterator[Row | RefusedRow]:
    """Yield the rows of *path*. Raises UnreadableFile."""
    try:
        with path.open("rb") as raw:
            encoding = "utf-16" if raw.read(2) in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        # Bytes that are not UTF-8 become surrogates: the row that holds them is refused, the others are not.
        errors = "surrogateescape" if encoding == "utf-8-sig" else "strict"
        with path.open(encoding=encoding, errors=errors, newline="") as file:
            yield from _read_rows(file)
    except (OSError, UnicodeError) as error:
        raise UnreadableFile(_("%(file)s cannot be read: %(reason)s") % {"file": path, "reason": error}) from error


def _read_rows(file: TextIO) -> Iterator[Row | RefusedRow]:
    start = file.read(4096).lstrip()[:1]
    file.seek(0)
    if start == "[":
        raise UnreadableFile(_("This is one JSON list. Please write one JSON object per line."))
    for row in _read_json_rows(file) if start == "{" else _read_csv_rows(file):
        yield _refuse_bad_text(row)


def _refuse_bad_text(row: Row | RefusedRow) -> Row | RefusedRow:
    """Return the row, refused if no database can hold its text."""
    if isinstance(row, RefusedRow):
        return row
    try:
        text = json.dumps(row.values, ensure_ascii=False)
        text.encode()
    except (ValueError, RecursionError):
        text = NUL
    return RefusedRow(row.line, _("the row is not text in UTF-8")) if NUL in text else row


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
            yield Row(number, {name.strip().lower(): cell for name, cell in value.items() if cell not in (None, "")})
        else:
            yield RefusedRow(number, _("this line is not a JSON object"))


def _read_csv_rows(file: TextIO) -> Iterator[Row | RefusedRow]:
    header_line = next(_bounded_lines(file), "")
    delimiter = max(",;\t", key=header_line.count)
    header = [
        unescape_formula(name).strip().lower() for name in next(csv.reader([header_line], delimiter=delimiter), [])
    ]
    if "email" not in header:
        raise UnreadableFile(_("The first line must name the columns, one of them “email”."))
    lines = _PushbackLines(_bounded_lines(file))
    for record in iter(lambda: _next_record(lines, delimiter), None):
        if record.problem:
            yield RefusedRow(record.line, record.problem)
        elif any(cell.strip() for cell in record.cells):
            yield _make_csv_row(record.line, header, record.cells)


@dataclass(frozen=True, slots=True)
class _Record:
    """The cells of one record of CSV, or what is wrong with it."""

    line: int
    cells: list[str]
    problem: str = ""


class _PushbackLines:
    """The lines after the header; a record that went wrong pushes back all but its first one."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines, self.pushed_back, self.number = lines, deque[str](), 1

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
    """Return whether a line within the cell looks like somebody else's row. Filters on lines of their own do not."""
    return any("@" in line and delimiter in line for line in cell.splitlines()[1:])


def _make_csv_row(line: int, header: list[str], cells: list[str]) -> Row | RefusedRow:
    if len(cells) > len(header):
        sizes = {"cells": len(cells), "header": len(header)}
        return RefusedRow(line, _("the row has %(cells)d cells, the header %(header)d") % sizes)
    named = zip(header, cells, strict=False)
    return Row(line, {name: unescape_formula(cell) for name, cell in named if cell.strip()})
