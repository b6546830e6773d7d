"""Reads papers from what somebody pastes or uploads: arXiv links and ids, BibTeX, RIS, CSL JSON, Zotero's CSV.

All of it is hostile. What cannot be read is told with its line, and never stops the rest.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any, Literal

from bibtexparser.entrypoint import parse_string
from bibtexparser.model import Entry, ParsingFailedBlock

from digest.letters.text_layout import one_line
from digest.sources.arxiv.ids import parse_id

MAX_CHARACTERS = 1_000_000
MAX_LINES = 50_000
MAX_REFERENCES = 500
MAX_BIBTEX_ENTRIES = 3000
MAX_TOLD_PROBLEMS = 20
MAX_SHOWN_OF_A_LINE = 80
MAX_TITLE_LENGTH, MAX_ABSTRACT_LENGTH = 500, 5000

# Spaces at the beginning are those of one line: a text of nothing but empty lines would take minutes.
_BIBTEX = re.compile(r"^[^\S\n]*@\s*\w+\s*[{(]", re.MULTILINE)
_RIS = re.compile(r"^TY {1,2}- ", re.MULTILINE)
_ZOTERO_CSV = re.compile(r'"?Key"?,"?Item Type"?,')
_RIS_FIELD = re.compile(r"([A-Z][A-Z0-9]) {1,2}-(?: (.*))?")
_BETWEEN_WORDS = re.compile(r"[\s,;<>()\[\]{}\"'|]+")

# What entries call these, in lower case, in any of the formats.
_TITLE_FIELDS = ("title", "ti", "t1")
_ABSTRACT_FIELDS = ("abstract", "abstract note", "ab", "n2")

# A line without a link or number, an entry that names no paper or breaks off, a file that does.
ProblemKind = Literal["no_id", "broken_entry", "broken_file"]


@dataclass(frozen=True, slots=True)
class Reference:
    """A paper as somebody's list names it. What the list does not say is empty."""

    line: int
    arxiv_id: str = ""
    title: str = ""
    abstract: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that could not be read."""

    line: int
    text: str
    kind: ProblemKind


@dataclass(frozen=True, slots=True)
class ReadList:
    """What a list names, each paper once, and what could not be read."""

    references: tuple[Reference, ...]
    problems: tuple[Problem, ...]
    # How many more of each there are than are kept.
    more_references: int = 0
    more_problems: int = 0


def read_references(text: str) -> ReadList:
    """Return the papers of a list in whatever of the formats it is in, in its order."""
    text = text[:MAX_CHARACTERS].replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    text = "\n".join(text.split("\n", MAX_LINES)[:MAX_LINES])
    found: dict[str, Reference] = {}
    problems = []
    for each in _read(text):
        if isinstance(each, Problem):
            problems.append(each)
        else:
            found.setdefault(each.arxiv_id or each.title.casefold(), each)
    references = tuple(found.values())
    return ReadList(
        references[:MAX_REFERENCES],
        tuple(problems[:MAX_TOLD_PROBLEMS]),
        max(len(references) - MAX_REFERENCES, 0),
        max(len(problems) - MAX_TOLD_PROBLEMS, 0),
    )


def _read(text: str) -> Iterator[Reference | Problem]:
    if _BIBTEX.search(text):
        return _read_bibtex(text)
    if _RIS.search(text):
        return _read_ris(text)
    if text.lstrip()[:1] in ("[", "{"):
        return _read_csl_json(text)
    if _ZOTERO_CSV.match(text):
        return _read_zotero_csv(text)
    return _read_lines(text)


def _read_lines(text: str) -> Iterator[Reference | Problem]:
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        ids = list(_find_ids(line))
        yield from (Reference(number, each) for each in ids)
        if not ids and line.strip():
            yield _problem(number, lines, "no_id")


def _read_bibtex(text: str) -> Iterator[Reference | Problem]:
    """Read entries. A text of nothing but beginnings costs seconds: so many are read at most."""
    text = "@".join(text.split("@", MAX_BIBTEX_ENTRIES)[:MAX_BIBTEX_ENTRIES])
    lines = text.split("\n")
    for block in parse_string(text, parse_stack=[]).blocks:
        line = (block.start_line or 0) + 1
        # One whose key was used before is a paper like any other.
        entry = getattr(block, "ignore_error_block", None) or block
        if isinstance(entry, Entry):
            yield _from_fields(line, {field.key: field.value for field in entry.fields}, lines)
        elif isinstance(block, ParsingFailedBlock):
            yield _problem(line, lines, "broken_entry")


def _read_ris(text: str) -> Iterator[Reference | Problem]:
    """Read records from `TY` to `ER`. Continued lines belong to the field above them."""
    lines = text.split("\n")
    start, fields, tag = 0, dict[str, list[str]](), ""
    for number, line in enumerate([*lines, "TY  - "], start=1):
        found = _RIS_FIELD.fullmatch(line.rstrip()) or _RIS_FIELD.match(line)
        if found and found[1] in ("TY", "ER"):
            if start and fields:
                yield _from_fields(start, {name: " ".join(values) for name, values in fields.items()}, lines)
            start, fields, tag = (number, {}, "TY") if found[1] == "TY" else (0, {}, "")
        elif found and start:
            tag = found[1]
            fields.setdefault(tag, []).append(found[2] or "")
        elif line.strip() and start and tag in fields:
            fields[tag].append(line)
        elif line.strip():
            yield _problem(number, lines, "broken_entry")


def _read_csl_json(text: str) -> Iterator[Reference | Problem]:
    try:
        items = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        yield _problem(line, text.split("\n"), "broken_file")
        return
    for number, item in enumerate(items if isinstance(items, list) else [items], start=1):
        if isinstance(item, dict):
            yield _from_fields(number, {str(name): value for name, value in item.items() if isinstance(value, str)}, [])


def _read_zotero_csv(text: str) -> Iterator[Reference | Problem]:
    csv.field_size_limit(MAX_CHARACTERS)
    reader = csv.DictReader(StringIO(text))
    try:
        for row in reader:
            cells = {name: value for name, value in row.items() if isinstance(name, str) and isinstance(value, str)}
            yield _from_fields(reader.line_num, cells, [])
    except csv.Error:
        yield _problem(reader.line_num, [], "broken_file")


def _from_fields(line: int, fields: Mapping[str, Any], lines: Sequence[str]) -> Reference | Problem:
    """Return the paper of an entry's fields, under the names of any of the formats; a problem if it names none."""
    named = {name.lower(): _plain(str(value)) for name, value in fields.items()}
    title = next((named[name] for name in _TITLE_FIELDS if named.get(name)), "")
    abstract = next((named[name] for name in _ABSTRACT_FIELDS if named.get(name)), "")
    arxiv_id = _find_id_of_entry(named)
    if not arxiv_id and not title:
        return _problem(line, lines, "broken_entry")
    return Reference(line, arxiv_id, title[:MAX_TITLE_LENGTH], abstract[:MAX_ABSTRACT_LENGTH])


def _find_id_of_entry(named: Mapping[str, str]) -> str:
    """Return the arXiv id among the fields: a bare number counts where the field is for it or speaks of arXiv."""
    for name, value in named.items():
        if name in _ABSTRACT_FIELDS or name == "file":
            continue
        if (name == "eprint" or "arxiv" in value.lower()) and (found := next(_find_ids(value), "")):
            return found
    return ""


def _find_ids(text: str) -> Iterator[str]:
    """Yield the arXiv ids among the words of a text, also where they stand in links."""
    for word in _BETWEEN_WORDS.split(text):
        if found := parse_id(word.rstrip(".")):
            yield found.id


def _plain(value: str) -> str:
    """Return a value without braces and without quotation marks around it, on one line."""
    return one_line(value.replace("{", "").replace("}", "").strip().strip('"'))


def _problem(line: int, lines: Sequence[str], kind: ProblemKind) -> Problem:
    text = lines[line - 1] if line <= len(lines) else ""
    return Problem(line, one_line(text[:MAX_SHOWN_OF_A_LINE]), kind)
