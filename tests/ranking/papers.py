"""Papers for the tests of ranking: values, no rows."""

from dataclasses import replace
from datetime import date
from typing import Any

from digest.domain import PaperRecord
from digest.ranking.matching.day_index import DayIndex

PLAIN = PaperRecord(
    rank=0,
    entry_id=1,
    version_id=1,
    arxiv_id="2601.00001",
    version=1,
    title="Untitled",
    abstract="We study this.",
    authors=("Grace Hopper",),
    categories=("cs.LG",),
    section="cs.LG",
    kind="new",
    score=0.5,
    day=date(2026, 1, 23),
)


def paper(title: str = "Untitled", **changes: Any) -> PaperRecord:
    """A cs.LG paper, except where *changes* say otherwise; its section is its first category."""
    categories = changes.get("categories", PLAIN.categories)
    return replace(PLAIN, **{"title": title, "section": categories[0], **changes})


def day(*papers: PaperRecord) -> DayIndex:
    """The papers as a day, in this order."""
    return DayIndex([replace(each, rank=rank, arxiv_id=f"2601.{rank:05}") for rank, each in enumerate(papers)])


def titles(index: DayIndex, bits: int) -> list[str]:
    """The titles in a set of papers, by rank."""
    return [each.title for rank, each in enumerate(index.papers) if bits >> rank & 1]
