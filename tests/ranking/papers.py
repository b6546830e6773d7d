"""Papers for the tests of ranking: values, no rows."""

from dataclasses import replace
from datetime import date
from typing import Any

from digest.domain import PaperRecord
from digest.ranking.matching.day_index import DayIndex
from digest.ranking.personal.relevance import DayScorer
from digest.ranking.personal.signals import WeightedPaper
from digest.ranking.selection.select import DaySelection
from digest.ranking.text.paper_vector import PaperVector, make_vector
from digest.ranking.text.term_rarity import load_shipped_rarity

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


def selection(*papers: PaperRecord) -> DaySelection:
    """What chooses among the papers of a day, in this order."""
    index = day(*papers)
    return DaySelection(index, DayScorer(index, list(map(vector, index.papers))), PLAIN.day)


def vector(each: PaperRecord) -> PaperVector:
    return make_vector(each.title, each.abstract, load_shipped_rarity())


def liked(each: PaperRecord, weight: float = 1.0) -> WeightedPaper:
    """A paper as one that a reader marked; its id is another one than that of any paper of a day."""
    return WeightedPaper(
        vector(each),
        f"{each.title} {each.abstract} {each.categories} {each.authors}",
        each.title,
        each.authors,
        each.categories,
        weight,
    )


def titles(index: DayIndex, bits: int) -> list[str]:
    """The titles in a set of papers, by rank."""
    return [each.title for rank, each in enumerate(index.papers) if bits >> rank & 1]
