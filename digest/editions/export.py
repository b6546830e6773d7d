"""An edition as a file that can be read in again: the daily digest's Markdown, and its JSON Lines."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import groupby
from operator import attrgetter

from digest.domain import EditionContents, PaperRecord, SummaryRecord
from digest.editions.load import load_contents, summary_record
from digest.models import Edition, Summary
from digest.sources.arxiv.ids import abstract_page, pdf_page
from digest.sources.files.markdown_escapes import EXTRACTIVE_MARK, escape, escape_name, escape_title

PREFERRED_LANGUAGE = "en"

SUMMARY_FIELDS = (
    ("Motivation", "motivation"),
    ("Method", "method"),
    ("Result", "result"),
    ("Conclusion", "conclusion"),
)


def load_for_export(edition: Edition) -> EditionContents:
    """Return what the edition shows, and imported summaries for papers that show none yet. Four queries."""
    contents = load_contents(edition)
    ranks = {paper.version_id: paper.rank for paper in contents.papers}
    rows = Summary.objects.filter(version__entries__edition=edition).exclude(writer="extractive").order_by("-pk")
    brought = {(ranks[row.version_id], row.language): summary_record(row) for row in rows if row.version_id in ranks}
    return replace(contents, summaries={**brought, **contents.summaries})


def write_markdown(contents: EditionContents) -> Iterator[str]:
    """Pieces of text: the table of contents, then section by section, in each the best paper first."""
    summaries = _preferred_summaries(contents)
    ordered = sorted(contents.papers, key=attrgetter("section", "rank"))
    sections = [(name, list(papers)) for name, papers in groupby(ordered, key=attrgetter("section"))]
    yield "<div id=toc></div>\n\n# Table of Contents\n\n"
    yield from (f"- [{name}](#{name}) [Total: {len(papers)}]\n" for name, papers in sections)
    number = 0
    for name, papers in sections:
        yield f"\n\n<div id='{name}'></div>\n\n# {name} [[Back]](#toc)\n\n"
        for paper in papers:
            number += 1
            gap = "" if paper is papers[0] else "\n\n"
            yield gap + _markdown_entry(number, paper, summaries.get(paper.rank))


def _markdown_entry(number: int, paper: PaperRecord, summary: SummaryRecord | None) -> str:
    """Return an entry with one line per text, so that nothing within a text passes for structure."""
    authors = f"*{','.join(map(escape_name, paper.authors))}*\n" if paper.authors else ""
    tldr = f"TL;DR: {_markdown_tldr(summary)}\n\n" if summary else ""
    details = "".join(f"{label}: {text}\n\n" for label, text in _markdown_details(paper, summary))
    return (
        f"### [{number}] [{escape_title(paper.title)}]({_paper_address(paper)})\n{authors}\n"
        f"Main category: {paper.categories[0]}\n\n{tldr}\n"
        f"<details>\n  <summary>Details</summary>\n{details}</details>\n"
    )


def _paper_address(paper: PaperRecord) -> str:
    """Return the address, with the version only where it is not the first: without one, the first is meant."""
    version = "" if paper.version == 1 else f"v{paper.version}"
    return abstract_page(paper.arxiv_id + version)


def _markdown_tldr(summary: SummaryRecord) -> str:
    return (EXTRACTIVE_MARK if summary.writer == "extractive" else "") + escape(summary.text.tldr)


def _markdown_details(paper: PaperRecord, summary: SummaryRecord | None) -> Iterator[tuple[str, str]]:
    for label, name in SUMMARY_FIELDS:
        if summary and (text := getattr(summary.text, name)):
            yield label, escape(text)
    yield "Abstract", escape(paper.abstract)


def write_json_lines(contents: EditionContents) -> Iterator[str]:
    """The enhanced daily digest's rows, best paper first, with what they lack: section, kind, version and times."""
    summaries = _preferred_summaries(contents)
    for paper in contents.papers:
        yield json.dumps(_json_row(paper, summaries.get(paper.rank)), ensure_ascii=False) + "\n"


def _json_row(paper: PaperRecord, summary: SummaryRecord | None) -> dict[str, object]:
    row: dict[str, object] = {
        "id": paper.arxiv_id,
        "categories": list(paper.categories),
        "pdf": pdf_page(paper.arxiv_id),
        "abs": abstract_page(paper.arxiv_id),
        "authors": list(paper.authors),
        "title": paper.title,
        "comment": paper.comment or None,
        "summary": paper.abstract,
        "announced": paper.day.isoformat(),
        "section": paper.section,
        "kind": paper.kind,
        "version": paper.version,
        "published": paper.published.isoformat() if paper.published else None,
    }
    if summary:
        row["AI"] = {**asdict(summary.text), "language": summary.language, "writer": summary.writer}
    if paper.code_url:
        row["code_url"] = paper.code_url
    if "stars" in paper.signals:
        row["code_stars"] = paper.signals["stars"]
    return row


def _preferred_summaries(contents: EditionContents) -> dict[int, SummaryRecord]:
    """Return one summary per paper: a written one before one taken from the abstract, English before others."""
    best: dict[int, SummaryRecord] = {}
    for (rank, _language), summary in sorted(contents.summaries.items(), key=lambda item: item[0]):
        best[rank] = min(best.get(rank, summary), summary, key=_preference)
    return best


def _preference(summary: SummaryRecord) -> tuple[bool, bool]:
    return summary.writer == "extractive", summary.language != PREFERRED_LANGUAGE
