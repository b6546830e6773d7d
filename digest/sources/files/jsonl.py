"""JSON Lines: the raw and the enhanced daily digest, our own export of it, and the corpus with announcement days."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from digest.domain import Entry, Observation, SummaryText
from digest.sources.arxiv import ids
from digest.sources.files.lines import NumberedLine
from digest.sources.number_parsing import MAX_SIGNAL_VALUE
from digest.sources.validation import RawPaper, describe_malformed, parse_summary, validate_paper

Row = Mapping[str, Any]


def looks_like_jsonl(head: str) -> bool:
    """Return whether a line at the beginning of a file is an object with an id, whole or cut off."""
    return any(line.lstrip("\ufeff \t").startswith("{") and '"id"' in line for line in head.splitlines())


def read_jsonl(lines: Iterable[NumberedLine], day: date) -> Iterator[Entry]:
    """Yield the rows announced on *day*. A row that does not say when it was announced counts for any day."""
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
        yield validate_paper(
            _raw_corpus_paper(row, where, day) if "abstract" in row else _raw_daily_paper(row, where, day)
        )


def _raw_corpus_paper(row: Row, where: str, day: date) -> RawPaper:
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


def _raw_daily_paper(row: Row, where: str, day: date) -> RawPaper:
    """Read a row of a daily digest, where the abstract is called `summary`.

    Only our own export has section, kind, version and times.
    """
    return RawPaper(
        where=where,
        day=day,
        arxiv_id=_find_id(row),
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
        summary=_parse_written_summary(row.get("AI")),
        observations=_star_observations(row.get("code_stars"), day),
    )


def _find_id(row: Row) -> object:
    """Return the first of the fields that is an arXiv id: `id` may lack the archive of an old id, addresses have it."""
    candidates = [row.get(name) for name in ("id", "abs", "pdf")]
    return next((text for text in candidates if isinstance(text, str) and ids.parse_id(text)), row.get("id"))


def _parse_written_summary(written: object) -> SummaryText | None:
    """Return the summary; None for one that our own export took from the abstract, as nobody wrote it."""
    if not isinstance(written, dict) or written.get("writer") == "extractive":
        return None
    return parse_summary(written.items())


def _star_observations(value: object, day: date) -> tuple[Observation, ...]:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_SIGNAL_VALUE:
        return ()
    return (Observation("stars", value, datetime.combine(day, time(), UTC)),)
