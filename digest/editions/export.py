"""Exports an edition as a file that can be imported again: the daily digest's Markdown, or its JSON Lines."""

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
    """Return what the edition shows, and the stored summaries of papers that show none yet. It takes four queries."""
    contents = load_contents(edition)
    ranks = {paper.version_id: paper.rank for paper in contents.papers}
    rows = Summary.objects.filter(version__entries__edition=edition).exclude(writer="extractive").order_by("-pk")
    stored = {(ranks[row.version_id], row.language): summary_record(row) for row in rows if row.version_id in ranks}
    return replace(contents, summaries={**stored, **contents.summaries})


def write_markdown(contents: EditionContents) -> Iterator[str]:
    """Yield Markdown in pieces: the table of contents, then the sections, each with its best paper first."""
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
            yield gap + markdown_entry(number, paper, summaries.get(paper.rank))


def markdown_entry(number: int, paper: PaperRecord, summary: SummaryRecord | None) -> str:
    """Return the Markdown of a paper with each text on one line, so that no text is taken for structure."""
    # Without a version, an import takes the newest version it knows, or the first.
    version = "" if paper.version == 1 else f"v{paper.version}"
    authors = f"*{','.join(map(escape_name, paper.authors))}*\n" if paper.authors else ""
    tldr = ""
    if summary:
        mark = EXTRACTIVE_MARK if summary.writer == "extractive" else ""
        tldr = f"TL;DR: {mark}{escape(summary.text.tldr)}\n\n"
    details = "".join(f"{label}: {text}\n\n" for label, text in _markdown_details(paper, summary))
    return (
        f"### [{number}] [{escape_title(paper.title)}]({abstract_page(paper.arxiv_id + version)})\n{authors}\n"
        f"Main category: {paper.categories[0]}\n\n{tldr}\n"
        f"<details>\n  <summary>Details</summary>\n{details}</details>\n"
    )


def _markdown_details(paper: PaperRecord, summary: SummaryRecord | None) -> Iterator[tuple[str, str]]:
    for label, name in SUMMARY_FIELDS:
        if summary and (text := getattr(summary.text, name)):
            yield label, escape(text)
    yield "Abstract", escape(paper.abstract)


def write_json_lines(contents: EditionContents) -> Iterator[str]:
    """Yield rows of the enhanced daily digest, best paper first, with our section, kind, version and times added."""
    summaries = _preferred_summaries(contents)
    for paper in contents.papers:
        yield json.dumps(json_row(paper, summaries.get(paper.rank)), ensure_ascii=False) + "\n"


def json_row(paper: PaperRecord, summary: SummaryRecord | None) -> dict[str, object]:
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
        # Announced as a replacement; whoever reads it again finds the withdrawal in the paper's own words.
        "kind": "replace" if paper.kind == "withdrawn" else paper.kind,
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
        best[rank] = min(
            best.get(rank, summary),
            summary,
            key=lambda each: (each.writer == "extractive", each.language != PREFERRED_LANGUAGE),
        )
    return best
