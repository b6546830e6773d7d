"""Lists as RIS, see `digest/web/references/ris.py`."""

from collections.abc import Iterator

from digest.web.paper_lists.list_format import MAX_AUTHORS, ListFormat
from digest.web.paper_lists.paper_list import PaperList
from digest.web.references.ris import ris


def write_ris_list(papers: PaperList) -> Iterator[str]:
    return ris(papers.papers, MAX_AUTHORS)


FORMAT = ListFormat("ris", "RIS", "application/x-research-info-systems", "ris", write_ris_list)
