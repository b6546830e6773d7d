"""Lists as BibTeX, see `digest/web/references/bibtex.py`."""

from collections.abc import Iterator

from digest.web.paper_lists.list_format import MAX_AUTHORS, ListFormat
from digest.web.paper_lists.paper_list import PaperList
from digest.web.references.bibtex import bibtex


def write_bibtex_list(papers: PaperList) -> Iterator[str]:
    return bibtex(papers.papers, MAX_AUTHORS)


FORMAT = ListFormat("bibtex", "BibTeX", "application/x-bibtex", "bib", write_bibtex_list)
