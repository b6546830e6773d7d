"""Past days for the tests of research: papers whose titles say whether a list will have them."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

FIRST_DAY = date(2026, 1, 5)
LOUD, QUIET = "Agents that reason", "Lemmas on sets"


def paper_lines(days: int = 12, papers: int = 40) -> list[dict[str, Any]]:
    """Every fourth paper of a day is loud, and two authors have written all of these."""
    lines = []
    for day in range(days):
        for number in range(papers):
            is_loud = number % 4 == 0
            lines.append(
                {
                    "id": f"2601.{1000 * day + number:05}",
                    "announced": str(FIRST_DAY + timedelta(days=day)),
                    "title": LOUD if is_loud else QUIET,
                    "abstract": f"We study this, for the time number {number}.",
                    "authors": ["Ada Lovelace", "Ben Nye"] if is_loud else [f"Person{day}x{number} Name"],
                    "categories": ["cs.LG"],
                }
            )
    return lines


def list_lines(papers: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The loud papers as a list has them on the day after their own, with votes."""
    return [
        {
            "id": each["id"],
            "hf_date": str(date.fromisoformat(each["announced"]) + timedelta(days=1)),
            "authors": each["authors"],
            "snapshots": [{"at": f"{each['announced']}T20:00:00Z", "upvotes": 7}, {"at": "2026-03-01T00:00:00Z"}],
        }
        for each in papers
        if each["title"] == LOUD
    ]


def write_lines(path: Path, lines: Iterable[Any]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    return path
