"""A list of papers for the tests of its formats."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from digest.domain import PaperRecord, SummaryRecord, SummaryText
from digest.web.paper_lists.paper_list import PaperList

ATTENTION = PaperRecord(
    rank=0,
    entry_id=0,
    version_id=7,
    arxiv_id="2601.15380",
    version=1,
    title="Attention in $O(n)$ & <more>",
    abstract="We look at \\emph{attention} in a new way.",
    authors=("Grace Hopper", "Erd\\H{o}s P\\'al"),
    categories=("cs.LG", "stat.ML"),
    section="cs.LG",
    kind="new",
    score=0.5,
    day=date(2026, 1, 23),
    published=datetime(2026, 1, 21, 18, 30, tzinfo=UTC),
)
OLD = replace(ATTENTION, version_id=3, arxiv_id="hep-th/9901001", title="Strings", published=None, kind="withdrawn")
SHORT = SummaryRecord(1, "en", "extractive", SummaryText("It costs $\\ell_2$ less."))

# What XML forbids or ends, and what JSON and Markdown could take for their own.
HOSTILE = "</title><script>alert(1)</script> ]]> \x00\x0b\x1b\ufffe &amp; \"'\\ \u2028 ](x) \r\nBcc: a@b"


def make_list(papers: Sequence[PaperRecord] = (ATTENTION, OLD), title: str = "On attention") -> PaperList:
    return PaperList(
        title=title,
        description="New papers on attention",
        path="/topics/attention/?order=new&from=2026-01-01",
        file_name="attention",
        papers=papers,
        summaries={ATTENTION.version_id: SHORT},
        listed_at={OLD.version_id: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)},
    )
