"""The page of one paper, and the paper as a file for reference managers. Any way to write an arXiv id leads there."""

import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from digest.domain import PaperRecord
from digest.ranking.personal.suggest_keywords import suggest_keywords
from digest.sources.arxiv.ids import parse_id
from digest.sources.withdrawals import judge_withdrawal
from digest.web import selectors
from digest.web.author_links import link_authors
from digest.web.cards import Card, mark_cards
from digest.web.category_links import link_categories
from digest.web.mark_buttons import store_answer
from digest.web.references.bibtex import bibtex
from digest.web.references.citation_tags import citation_tags
from digest.web.references.identifiers import arxiv_doi, journal_doi
from digest.web.references.ris import ris
from digest.web.references.titles import unicode_text
from digest.web.signal_charts import draw_charts
from subscriptions.links.decorators import reader_or_stranger_page
from subscriptions.page_cache import public_page
from subscriptions.page_language import page_language

# Some papers have thousands of authors; so many are named.
MAX_AUTHORS = 40

# Servers make one slash of two in a path.
_ONE_SLASH = re.compile(r"^(https?):/+", re.IGNORECASE)


@require_http_methods(["GET", "HEAD", "POST"])
@reader_or_stranger_page
def show_paper(request: HttpRequest, reader_id: int | None, arxiv_id: str) -> HttpResponse:
    """Show a paper; readers in a browser of their own can say there what they think of it, by a POST."""
    if reader_id is None:
        return redirect("subscriptions:link") if request.method == "POST" else _show_to_strangers(request, arxiv_id)
    page = selectors.paper_page(arxiv_id)
    if page is None:
        return lead_to_paper("digest:paper", arxiv_id)
    if request.method == "POST":
        store_answer(reader_id, request.POST.get("act", ""), [page.paper.arxiv_id])
        return redirect(f"{request.path}#marks")
    marks = selectors.marks_by_paper(reader_id, [arxiv_id])
    [card] = mark_cards([Card(page.paper, None)], marks)
    return render(request, "digest/paper.html", {**_describe_paper(page), "card": card})


@public_page()
def _show_to_strangers(request: HttpRequest, arxiv_id: str) -> HttpResponse:
    page = selectors.paper_page(arxiv_id)
    if page is None:
        return lead_to_paper("digest:paper", arxiv_id)
    return render(request, "digest/paper.html", _describe_paper(page))


def _describe_paper(page: selectors.PaperPage) -> dict[str, object]:
    """Return what the template shows of a paper."""
    # The summary in the reader's language comes first.
    language = page_language()
    topics = suggest_keywords([page.version], 1)
    interests = {"filters": topics[0]} if topics else {}
    return {
        "page": page,
        "paper": page.paper,
        "summaries": sorted(page.summaries, key=lambda summary: summary.language != language),
        "speaks_of_withdrawal": judge_withdrawal(page.paper.comment) == "unclear",
        "citation_tags": citation_tags(page.paper, page.version.updated, has_pdf=not page.version.withdrawn),
        "arxiv_doi": arxiv_doi(page.paper),
        "journal_doi": journal_doi(page.paper),
        "journal_ref": unicode_text(page.paper.journal_ref),
        "authors": link_authors(page.paper.authors[:MAX_AUTHORS]),
        "more_authors": max(0, len(page.paper.authors) - MAX_AUTHORS),
        "codes": link_categories(page.paper.categories),
        "charts": draw_charts(page.observations),
        "interests": urlencode({**interests, "likes": page.paper.arxiv_id}),
    }


@require_safe
@public_page()
def download_bibtex(request: HttpRequest, arxiv_id: str) -> HttpResponse:
    return _file(arxiv_id, "digest:paper_bibtex", bibtex, "application/x-bibtex", "bib")


@require_safe
@public_page()
def download_ris(request: HttpRequest, arxiv_id: str) -> HttpResponse:
    return _file(arxiv_id, "digest:paper_ris", ris, "application/x-research-info-systems", "ris")


def _file(
    arxiv_id: str, view: str, write: Callable[[Iterable[PaperRecord]], Iterator[str]], kind: str, ending: str
) -> HttpResponse:
    record = selectors.newest_record(arxiv_id)
    if record is None:
        return lead_to_paper(view, arxiv_id)
    name = f"arXiv-{re.sub(r'[^A-Za-z0-9.-]', '-', record.arxiv_id)}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse("".join(write([record])), content_type=f"{kind}; charset=utf-8", headers=headers)


def lead_to_paper(view: str, written: str) -> HttpResponse:
    """Redirect an address, a DOI or an id with a version to the paper that it names; raise Http404 for all else."""
    named = parse_id(_ONE_SLASH.sub(r"\1://", written.strip()))
    if named is None or named.id == written or not selectors.is_known(named.id):
        raise Http404(_("We do not know this paper."))
    return redirect(view, named.id, permanent=True)
