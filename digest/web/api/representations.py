"""Papers as the API shows them. `openapi.py` describes the same fields."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from digest.domain import PaperRecord, SummaryRecord
from digest.letters import links
from digest.letters.tex.to_unicode import to_text
from digest.web.paper_lists.addresses import paper_address


def represent_paper(paper: PaperRecord, summary: SummaryRecord | None) -> dict[str, object]:
    """Return a paper in its newest version, texts as their authors wrote them."""
    return {
        "id": paper.arxiv_id,
        "version": paper.version,
        "title": paper.title,
        "title_in_unicode": to_text(paper.title),
        "authors": list(paper.authors),
        "abstract": paper.abstract,
        "categories": list(paper.categories),
        "announced": paper.day.isoformat(),
        "submitted": paper.published.isoformat() if paper.published else None,
        "is_withdrawn": paper.kind == "withdrawn",
        "comment": paper.comment,
        "doi": paper.doi,
        "journal_reference": paper.journal_ref,
        "signals": {kind: value for kind, value in paper.signals.items() if kind in ("upvotes", "comments", "stars")},
        "summary": _represent_summary(summary) if summary else None,
        "links": {
            "page": paper_address(paper),
            "abstract": links.abstract_url(paper),
            "pdf": links.pdf_url(paper),
            "code": links.code_url(paper) or None,
        },
    }


def represent_papers(papers: Sequence[PaperRecord], summaries: Mapping[int, SummaryRecord]) -> list[dict[str, object]]:
    """Return papers in this order. *summaries* are known by version id."""
    return [represent_paper(paper, summaries.get(paper.version_id)) for paper in papers]


def _represent_summary(summary: SummaryRecord) -> dict[str, object]:
    return {"language": summary.language, "writer": summary.writer, **asdict(summary.text)}
