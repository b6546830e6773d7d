"""The bundled sample: landmark papers of many fields, with abstracts in our own words. A day can run on it offline.

The papers' dates are real; only their announcement is made up, for whatever day is asked.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from digest.domain import Entry, Observation
from digest.sources.validation import RawPaper, validate_paper

# One object per line: id, title, authors, categories, published (a date), abstract; some have code_url, doi,
# journal_ref and signals (kind: value; the values are invented).
SAMPLE_FILE = Path(__file__).with_name("sample_papers.jsonl")


class SampleSource:
    """A Source. It announces every paper on every day."""

    name = "sample"
    note = (
        "This is the bundled sample: real papers of earlier years, with abstracts retold in our own words and invented"
        " numbers of votes. A real edition shows the new papers of the day."
    )
    notes: Mapping[str, str] = {
        "zh": "这是内置样例：论文是往年的真实论文，摘要由我们改写，票数是虚构的。真正的一期刊登当天的新论文。"
    }

    def entries(self, day: date) -> Iterator[Entry]:
        with SAMPLE_FILE.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                yield validate_paper(_raw_paper(json.loads(line), day, f"line {number}"))


def _raw_paper(row: Mapping[str, Any], day: date, where: str) -> RawPaper:
    return RawPaper(
        where=where,
        day=day,
        arxiv_id=row["id"],
        version=1,
        title=row["title"],
        abstract=row["abstract"],
        authors=row["authors"],
        categories=row["categories"],
        section=row["categories"][0],
        published=row["published"],
        updated=row["published"],
        doi=row.get("doi"),
        journal_ref=row.get("journal_ref"),
        code_url=row.get("code_url"),
        # Dated the morning of *day*, so that a second run adds nothing.
        observations=tuple(
            Observation(kind, value, datetime.combine(day, time(4), UTC))
            for kind, value in row.get("signals", {}).items()
        ),
    )
