"""The page of one paper, and the paper as a file for reference managers. Any way to write an arXiv id leads there."""

import re
from collections.abc import Callable, Iterable, Iterator

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from digest.domain import PaperRecord
from digest.sources.arxiv.ids import parse_id
from digest.sources.withdrawals import judge_withdrawal
from digest.web import selectors
from digest.web.references.bibtex import bibtex
from digest.web.references.citation_tags import citation_tags
from digest.web.references.identifiers import arxiv_doi, journal_doi
from digest.web.references.ris import ris
from digest.web.references.titles import unicode_text
from subscriptions.page_cache import public_page
from subscriptions.page_language import page_language

# Servers make one slash of two in a path.
_ONE_SLASH = re.compile(r"^(https?):/+", re.IGNORECASE)


@require_safe
@public_page()
def show_paper(request: HttpRequest, arxiv_id: str) -> HttpResponse:
    page = selectors.paper_page(arxiv_id) if arxiv_id.isprintable() else None
    if page is None:
        return _lead_to_paper("digest:paper", arxiv_id)
    # The summary in the reader's language comes first.
    language = page_language()
    context = {
        "page": page,
        "paper": page.paper,
        "summaries": sorted(page.summaries, key=lambda summary: summary.language != language),
        "speaks_of_withdrawal": judge_withdrawal(page.paper.comment) == "unclear",
        "citation_tags": citation_tags(page.paper, page.version.updated, has_pdf=not page.version.withdrawn),
        "arxiv_doi": arxiv_doi(page.paper),
        "journal_doi": journal_doi(page.paper),
        "journal_ref": unicode_text(page.paper.journal_ref),
    }
    return render(request, "digest/paper.html", context)


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
    record = selectors.newest_record(arxiv_id) if arxiv_id.isprintable() else None
    if record is None:
        return _lead_to_paper(view, arxiv_id)
    name = f"arXiv-{re.sub(r'[^A-Za-z0-9.-]', '-', record.arxiv_id)}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse("".join(write([record])), content_type=f"{kind}; charset=utf-8", headers=headers)


def _lead_to_paper(view: str, written: str) -> HttpResponse:
    """Redirect an address, a DOI or an id with a version to the paper that it names; raise Http404 for all else."""
    named = parse_id(_ONE_SLASH.sub(r"\1://", written.strip()))
    if named is None or named.id == written or not selectors.is_known(named.id):
        raise Http404(_("We do not know this paper."))
    return redirect(view, named.id, permanent=True)
