"""The `citation_*` tags of a paper's page, from which Zotero, Google Scholar and others take it."""

from datetime import datetime

from digest.domain import PaperRecord
from digest.sources.arxiv.ids import abstract_page, pdf_page
from digest.web.references.identifiers import arxiv_doi, journal_doi, year_of
from digest.web.references.names import read_name
from digest.web.references.titles import unicode_text


def citation_tags(paper: PaperRecord, updated: datetime | None, *, has_pdf: bool) -> list[tuple[str, str]]:
    """Return names and contents in their order, in Unicode. Every author has a tag."""
    tags = [("citation_title", unicode_text(paper.title))]
    tags += [("citation_author", name.as_ris()) for name in map(read_name, paper.authors) if name]
    published = f"{paper.published:%Y/%m/%d}" if paper.published else str(year_of(paper))
    tags += [
        ("citation_publication_date", published),
        ("citation_online_date", f"{updated:%Y/%m/%d}" if updated else ""),
        ("citation_arxiv_id", paper.arxiv_id),
        ("citation_doi", journal_doi(paper) or arxiv_doi(paper)),
        ("citation_journal_title", unicode_text(paper.journal_ref)),
        ("citation_abstract_html_url", abstract_page(paper.arxiv_id)),
        ("citation_pdf_url", pdf_page(paper.arxiv_id) if has_pdf else ""),
        ("citation_abstract", unicode_text(paper.abstract)),
    ]
    tags += [("citation_keywords", code) for code in paper.categories]
    return [(name, content) for name, content in tags if content]
