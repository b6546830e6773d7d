"""JSON Lines: the raw and the enhanced daily digest, our own export of it, and the corpus with days of announcement."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from digest.domain import Entry, Observation, SummaryText
from digest.sources.arxiv import ids
from digest.sources.files.lines import NumberedLine
from digest.sources.validation import RawPaper, describe_malformed, parse_summary, validate_paper

Row = Mapping[str, Any]


def looks_like_jsonl(head: str) -> bool:
    """True when a line of the beginning of the file is an object with an id, whole or cut off."""
    return any(line.lstrip("\ufeff \t").startswith("{") and '"id"' in line for line in head.splitlines())


def read_jsonl(lines: Iterable[NumberedLine], day: date) -> Iterator[Entry]:
    """The rows announced on *day*. A row that does not say when it was announced counts for any day."""
    for line in lines:
        where = f"line {line.number}"
        if line.fault:
            yield describe_malformed(where, line.fault)
        elif line.text.strip():
            yield from _row_entries(line.text, where, day)


def _row_entries(text: str, where: str, day: date) -> Iterator[Entry]:
    try:
        row = json.loads(text)
    except (ValueError, RecursionError) as problem:
        yield describe_malformed(where, f"not JSON: {problem}", text[:600])
        return
    if not isinstance(row, dict):
        yield describe_malformed(where, "not a JSON object", text[:600])
        return
    try:
        announced = day if row.get("announced") is None else date.fromisoformat(row["announced"])
    except (TypeError, ValueError):
        yield describe_malformed(where, "the day of announcement is not a date", text[:600])
        return
    if announced == day:
        yield validate_paper(_corpus(row, where, day) if "abstract" in row else _daily(row, where, day))


def _corpus(row: Row, where: str, day: date) -> RawPaper:
    return RawPaper(
        where=where,
        day=day,
        arxiv_id=row.get("id"),
        title=row.get("title"),
        abstract=row.get("abstract"),
        authors=row.get("authors", ()),
        categories=row.get("categories"),
        kind=row.get("announce_type"),
        published=row.get("published"),
        updated=row.get("updated"),
        comment=row.get("comment"),
        doi=row.get("doi"),
        journal_ref=row.get("journal_ref"),
        # The comment may be younger than the day: it must not take a paper out of the edition afterwards.
        may_be_withdrawn=False,
    )


def _daily(row: Row, where: str, day: date) -> RawPaper:
    """The abstract is called `summary` here. Section, kind, version and times stand in our own export only."""
    return RawPaper(
        where=where,
        day=day,
        arxiv_id=_identifier(row),
        version=row.get("version"),
        title=row.get("title"),
        abstract=row.get("summary"),
        authors=row.get("authors", ()),
        categories=row.get("categories"),
        section=row.get("section"),
        kind=row.get("kind"),
        published=row.get("published"),
        comment=row.get("comment"),
        code_url=row.get("code_url"),
        summary=_summary(row.get("AI")),
        observations=_stars(row.get("code_stars"), day),
    )


def _identifier(row: Row) -> object:
    """Old ids may stand there without their archive; the address of the page has it."""
    candidates = [row.get(name) for name in ("id", "abs", "pdf")]
    return next((text for text in candidates if isinstance(text, str) and ids.parse_id(text)), row.get("id"))


def _summary(written: object) -> SummaryText | None:
    """Return the summary. What our own export took from the abstract is no summary written elsewhere."""
    if not isinstance(written, dict) or written.get("writer") == "extractive":
        return None
    return parse_summary(written.items())


def _stars(value: object, day: date) -> tuple[Observation, ...]:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        return ()
    return (Observation("stars", value, datetime.combine(day, time(), UTC)),)
