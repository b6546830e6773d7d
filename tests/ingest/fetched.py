"""Fetched papers to take in."""

from dataclasses import replace
from datetime import date

from digest.domain import FetchedPaper, SummaryText

DAY = date(2026, 2, 3)

SORTING = FetchedPaper(
    arxiv_id="2602.00001",
    title="Sorting",
    abstract="We sort numbers.",
    authors=("Ada Önal", "Bao Li"),
    categories=("cs.LG", "stat.ML"),
    day=DAY,
    where="line 1",
)
CHINESE = SummaryText("提出一种新的排序方法，在三个数据集上有效。", method="比较")
ENGLISH = SummaryText("We sort numbers with the help of a comparison.")


def paper(number: int, **changes: object) -> FetchedPaper:
    named = replace(SORTING, arxiv_id=f"2602.{number:05}", title=f"Sorting {number}")
    return replace(named, **changes)  # type: ignore[arg-type]
