"""The papers a reader saved: a page, a button to let go of each, and the list as files for reference managers."""

from collections.abc import Callable, Iterable, Iterator

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from digest.domain import PaperRecord
from digest.editions import reader_feedback
from digest.web import bibtex_ris, selectors
from digest.web.cards import Card
from digest.web.reader_of_link import find_feedback_reader
from subscriptions.links.decorators import private_page
from subscriptions.page_language import page_language

PAPERS_PER_PAGE = 50


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def show_saved(request: HttpRequest, token: str) -> HttpResponse:
    reader = find_feedback_reader(token)
    if request.method == "POST":
        paper = request.POST.get("paper", "")
        if paper.isprintable():
            reader_feedback.delete_feedback(reader.id, paper, "save")
        return redirect(request.get_full_path())
    page = Paginator(selectors.saved_paper_ids(reader.id), PAPERS_PER_PAGE).get_page(request.GET.get("page"))
    records = selectors.newest_records(list(page.object_list))
    summaries = selectors.newest_summaries([record.version_id for record in records], page_language())
    cards = [Card(record, summaries.get(record.version_id)) for record in records]
    return render(request, "digest/saved.html", {"token": token, "page": page, "cards": cards})


@private_page
@require_safe
def download_bibtex(request: HttpRequest, token: str) -> HttpResponse:
    return _file(token, bibtex_ris.bibtex, "application/x-bibtex", "saved-papers.bib")


@private_page
@require_safe
def download_ris(request: HttpRequest, token: str) -> HttpResponse:
    return _file(token, bibtex_ris.ris, "application/x-research-info-systems", "saved-papers.ris")


def _file(token: str, write: Callable[[Iterable[PaperRecord]], Iterator[str]], kind: str, name: str) -> HttpResponse:
    reader = find_feedback_reader(token)
    text = "".join(write(selectors.newest_records(list(selectors.saved_paper_ids(reader.id)))))
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type=f"{kind}; charset=utf-8", headers=headers)
