"""The papers a reader saved, wants more of, or fewer: a page each, with a button to take back what they said.

Those that they saved are files for reference managers too.
"""

from collections.abc import Callable, Iterable, Iterator

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from digest.domain import PaperRecord
from digest.editions import reader_feedback
from digest.web import selectors
from digest.web.cards import Card
from digest.web.references.bibtex import bibtex
from digest.web.references.ris import ris
from subscriptions.links.decorators import account_id_page
from subscriptions.page_language import page_language

PAPERS_PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@account_id_page
def show_marked(request: HttpRequest, reader_id: int, kind: str) -> HttpResponse:
    """Show the papers that the reader marked as *kind*, and take a mark back on a POST."""
    if request.method == "POST":
        paper = request.POST.get("paper", "")
        if paper.isprintable():
            reader_feedback.delete_feedback(reader_id, paper, kind)
        return redirect(request.get_full_path())
    marked = selectors.marked_paper_ids(reader_id, kind)
    page = Paginator(marked, PAPERS_PER_PAGE).get_page(request.GET.get("page"))
    records = selectors.newest_records(list(page.object_list))
    summaries = selectors.newest_summaries([record.version_id for record in records], page_language())
    cards = [Card(record, summaries.get(record.version_id)) for record in records]
    return render(request, "digest/marked.html", {"kind": kind, "page": page, "cards": cards})


@require_safe
@account_id_page
def download_bibtex(request: HttpRequest, reader_id: int) -> HttpResponse:
    """Return the papers that the reader saved, as a file of BibTeX."""
    return _make_download(reader_id, bibtex, "application/x-bibtex", "saved-papers.bib")


@require_safe
@account_id_page
def download_ris(request: HttpRequest, reader_id: int) -> HttpResponse:
    """Return the papers that the reader saved, as a file of RIS."""
    return _make_download(reader_id, ris, "application/x-research-info-systems", "saved-papers.ris")


def _make_download(
    reader_id: int, write: Callable[[Iterable[PaperRecord]], Iterator[str]], kind: str, name: str
) -> HttpResponse:
    """Return all papers that the reader saved, as *write* writes them."""
    text = "".join(write(selectors.newest_records(list(selectors.marked_paper_ids(reader_id, "save")))))
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type=f"{kind}; charset=utf-8", headers=headers)
