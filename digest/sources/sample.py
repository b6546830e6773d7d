"""The bundled sample: landmark papers of many fields, with abstracts in our own words, so that a day can run offline.

The papers' dates are the real ones; only the listing that announces them is made up, for whatever day is asked.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from digest.records import FetchedPaper, Observation

PAPERS = Path(__file__).with_name("sample_papers.jsonl")
"""One object per line: id, title, authors, categories, published (a date), abstract; some have code_url, doi,
journal_ref and signals (kind: value; the values are invented)."""


class Sample:
    """A Source. It announces every paper on every day."""

    name = "sample"

    def entries(self, day: date) -> Iterator[FetchedPaper]:
        with PAPERS.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                yield _paper(json.loads(line), day, f"line {number}")


def _paper(row: Mapping[str, Any], day: date, where: str) -> FetchedPaper:
    published = datetime.combine(date.fromisoformat(row["published"]), time(), UTC)
    return FetchedPaper(
        arxiv_id=row["id"],
        title=row["title"],
        abstract=row["abstract"],
        authors=tuple(row["authors"]),
        categories=tuple(row["categories"]),
        day=day,
        where=where,
        section=row["categories"][0],
        version=1,
        published=published,
        updated=published,
        doi=row.get("doi", ""),
        journal_ref=row.get("journal_ref", ""),
        code_url=row.get("code_url", ""),
        observations=_observations(row.get("signals", {}), day),
    )


def _observations(signals: Mapping[Any, int], day: date) -> tuple[Observation, ...]:
    """As if seen on the morning of *day*: always at the same time, so that a second run adds nothing."""
    at = datetime.combine(day, time(4), UTC)
    return tuple(Observation(kind, value, at) for kind, value in signals.items())
