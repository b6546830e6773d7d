"""Papers as BibTeX, in ASCII that pdflatex sets. Titles and names come from strangers: no TeX of theirs runs."""

import re
from collections.abc import Iterable, Iterator

from digest.domain import PaperRecord
from digest.sources.arxiv.ids import abstract_page
from digest.web.references.identifiers import arxiv_doi, journal_doi, reference_key, year_of
from digest.web.references.names import read_name
from digest.web.references.titles import bibtex_text


def bibtex(papers: Iterable[PaperRecord], max_authors: int | None = None) -> Iterator[str]:
    """Yield one entry per paper, keyed by arXiv id. Doubled braces keep the title's capitals.

    With *max_authors*, longer lists of authors end in `and others`, which BibTeX knows.
    """
    for paper in papers:
        names = [name.as_bibtex() for name in map(read_name, paper.authors[:max_authors]) if name]
        if max_authors is not None and len(paper.authors) > max_authors:
            names.append("others")
        doi, journal = journal_doi(paper), bibtex_text(paper.journal_ref)
        key = reference_key(paper)
        arxiv_id = key.removeprefix("arXiv:")
        fields = {
            "title": f"{{{bibtex_text(paper.title)}}}",
            "author": " and ".join(filter(None, names)),
            "journal": journal,
            "year": str(year_of(paper)),
            "doi": doi or arxiv_doi(paper),
            "note": f"arXiv:{arxiv_id}, doi:{arxiv_doi(paper)}" if doi else "",
            "eprint": arxiv_id,
            "archivePrefix": "arXiv",
            "primaryClass": re.sub(r"[^A-Za-z.-]", "", paper.section),
            "url": abstract_page(arxiv_id),
        }
        lines = (f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
        yield f"@{'article' if journal else 'misc'}{{{key},\n{''.join(lines)}}}\n\n"
