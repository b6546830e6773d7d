"""Papers as RIS. A value is one line, so that nobody's words can begin a field or end a record."""

from collections.abc import Iterable, Iterator

from digest.domain import PaperRecord
from digest.sources.arxiv.ids import abstract_page
from digest.web.references.identifiers import arxiv_doi, journal_doi, reference_key, year_of
from digest.web.references.names import read_name
from digest.web.references.titles import unicode_text


def ris(papers: Iterable[PaperRecord], max_authors: int | None = None) -> Iterator[str]:
    """Yield one record per paper: a preprint, or an article where arXiv knows the journal.

    With *max_authors*, further authors are left out.
    """
    for paper in papers:
        key = reference_key(paper)
        doi, journal = journal_doi(paper), unicode_text(paper.journal_ref)
        lines = [("TY", "JOUR" if journal else "UNPB"), ("ID", key), ("TI", unicode_text(paper.title))]
        lines += [("AU", name.as_ris()) for name in map(read_name, paper.authors[:max_authors]) if name]
        lines += [("PY", str(year_of(paper)))]
        lines += [("DA", f"{paper.published:%Y/%m/%d}/")] if paper.published else []
        lines += [("T2", journal), ("AB", unicode_text(paper.abstract))]
        lines += [("KW", " ".join(code.split())) for code in paper.categories]
        lines += [("DO", doi or arxiv_doi(paper)), ("N1", f"arXiv DOI: {arxiv_doi(paper)}" if doi else "")]
        lines += [("PB", "" if journal else "arXiv"), ("UR", abstract_page(key.removeprefix("arXiv:")))]
        yield "".join(f"{tag}  - {value}\r\n" for tag, value in lines if value) + "ER  - \r\n\r\n"
