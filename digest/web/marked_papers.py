"""The papers a reader saved, wants more of, or fewer: a page each, with a button to take back what they said.

Each list is a file too. There are no feeds of them: what reads feeds has no browser that is remembered.
"""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from digest.editions import reader_feedback
from digest.web import selectors
from digest.web.cards import Card
from digest.web.paper_lists.paper_list import PAPERS_PER_PAGE, PaperList
from digest.web.paper_lists.registry import FILES
from digest.web.paper_lists.serve import link_formats
from subscriptions.links.decorators import account_id_page
from subscriptions.page_language import page_language

# The page of the papers with each kind of mark, by the name of its address.
MARKED_PAGES = {"save": "saved", "more": "liked", "less": "disliked"}


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
    records = selectors.load_records(selectors.newest_versions(list(page.object_list)))
    summaries = selectors.newest_summaries([record.version_id for record in records], page_language())
    cards = [Card(record, summaries.get(record.version_id)) for record in records]
    context = {
        "kind": kind,
        "title": _name_list(kind),
        "page": page,
        "cards": cards,
        "days": selectors.published_days({record.day for record in records}),
        "formats": link_formats(reverse(f"digest:{MARKED_PAGES[kind]}"), FILES),
    }
    return render(request, "digest/marked.html", context)


def find_marked(request: HttpRequest, reader_id: int, kind: str, *, limit: int) -> PaperList:
    """Return all papers that the reader marked as *kind*, the last one first, whatever the *limit*: they are theirs."""
    records = selectors.load_records(selectors.newest_versions(list(selectors.marked_paper_ids(reader_id, kind))))
    page = MARKED_PAGES[kind]
    return PaperList(
        title=_name_list(kind),
        description="",
        path=reverse(f"digest:{page}"),
        file_name=f"{page}-papers",
        papers=records,
        summaries=selectors.newest_summaries([record.version_id for record in records], page_language()),
        age=None,
    )


def _name_list(kind: str) -> str:
    """Return the title of the list of papers with a kind of mark."""
    match kind:
        case "more":
            return _("Papers you want more of")
        case "less":
            return _("Papers you want fewer of")
        case _other:
            return _("Your saved papers")
