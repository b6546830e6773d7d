"""Notes what becomes known of papers after their announcement: that one was published, or where its code lies.

A stored version never gets it: letters that showed it must come out the same again. Each is noted once for a paper.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import quote

from digest.domain import FetchedPaper
from digest.models import PaperNews, Version

DOI_URL = "https://doi.org/"
# That stand in addresses as they are.
DOI_CHARACTERS = "/:;().-_"
MAX_ADDRESS_LENGTH = 500


def note_news(fetched: Sequence[FetchedPaper], papers: Mapping[str, int], day: date) -> None:
    """Note what *fetched* say of papers that were stored before *day* without it. Call it before they are stored.

    *papers* are their rows by arXiv id. It takes one query, and one more where there is news.
    """
    told = [paper for paper in fetched if paper.doi or paper.journal_ref or paper.code_url]
    if not told:
        return
    is_published: dict[int, bool] = {}
    has_code: dict[int, bool] = {}
    rows = Version.objects.filter(paper__in={papers[paper.arxiv_id] for paper in told}, created_at__date__lt=day)
    for row, *reference, code_url in rows.values_list("paper_id", "doi", "journal_ref", "code_url"):
        is_published[row] = is_published.get(row, False) or any(reference)
        has_code[row] = has_code.get(row, False) or bool(code_url)
    news = []
    for paper in told:
        row = papers[paper.arxiv_id]
        if (paper.doi or paper.journal_ref) and is_published.get(row) is False:
            doi = paper.doi.split()[0] if paper.doi.split() else ""
            address = f"{DOI_URL}{quote(doi, safe=DOI_CHARACTERS)}" if doi else ""
            news.append(_make_news(row, "published", day, paper.title, paper.journal_ref or doi, address))
        if paper.code_url and has_code.get(row) is False:
            news.append(_make_news(row, "code", day, paper.title, "", paper.code_url))
    if news:
        PaperNews.objects.bulk_create(news, ignore_conflicts=True, batch_size=500)


def _make_news(paper: int, kind: str, day: date, title: str, reference: str, address: str) -> PaperNews:
    address = address if len(address) <= MAX_ADDRESS_LENGTH else ""
    return PaperNews(paper_id=paper, kind=kind, day=day, title=title, reference=reference, address=address)
