"""The papers most like one: a page behind the paper's own, and the same list for programs."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from digest.domain import PaperRecord
from digest.letters.tex.to_unicode import to_text
from digest.models import Version
from digest.ranking.personal.suggest_keywords import suggest_keywords
from digest.search import find
from digest.web import selectors
from digest.web.found_papers import cards_of_hits, list_hits, refuse_politely
from digest.web.paper_lists.paper_list import PaperList
from digest.web.paper_lists.serve import link_formats
from digest.web.paper_pages import lead_to_paper
from subscriptions import rate_limits
from subscriptions.page_cache import public_page

# Farther ones have less and less to do with the paper.
MAX_SIMILAR = 24
# On the paper's own page.
SHORT_LIST = 5


@require_safe
def show_similar(request: HttpRequest, arxiv_id: str) -> HttpResponse:
    paper = selectors.newest_record(arxiv_id)
    if paper is None:
        return lead_to_paper("digest:similar", arxiv_id)
    return _show_papers_like(request, paper)


@public_page()
def _show_papers_like(request: HttpRequest, paper: PaperRecord) -> HttpResponse:
    allowance = rate_limits.allow_search(request)
    if not allowance.is_allowed:
        return refuse_politely(request, allowance)
    path = reverse("digest:similar", args=[paper.arxiv_id])
    cards = cards_of_hits(find.similar(paper.version_id, MAX_SIMILAR))
    context = {
        "paper": paper,
        "cards": cards,
        "days": selectors.published_days({card.paper.day for card in cards}),
        "topic": _name_topic(paper),
        "formats": link_formats(path),
    }
    return render(request, "digest/similar.html", context)


@require_safe
@public_page(seconds=3600)
def show_shortly(request: HttpRequest, arxiv_id: str) -> HttpResponse:
    """Return a short list of papers like one, which the script of its page puts into it. Raises Http404."""
    allowance = rate_limits.allow_search(request)
    if not allowance.is_allowed:
        return refuse_politely(request, allowance)
    version = selectors.newest_version(arxiv_id)
    if version is None:
        raise Http404(_("We do not know this paper."))
    hits = find.similar(version.pk, SHORT_LIST)
    papers = selectors.load_records([hit.version_id for hit in hits])
    return render(request, "digest/_similar.html", {"papers": papers, "topic": _name_topic(version)})


def _name_topic(paper: Version | PaperRecord) -> str:
    """Return the phrase that stands out in a paper, if another paper has it too; else nothing."""
    topic = next(iter(suggest_keywords([paper], 1)), "")
    return topic if topic and find.count_matches(topic) > 1 else ""


def find_similar(request: HttpRequest, arxiv_id: str, *, limit: int) -> PaperList | HttpResponse:
    """Return the papers most like one as a list."""
    paper = selectors.newest_record(arxiv_id)
    if paper is None:
        return lead_to_paper("digest:similar", arxiv_id)
    title = _("Papers like “%(title)s”") % {"title": to_text(paper.title)}
    path = reverse("digest:similar", args=[paper.arxiv_id])
    hits = find.similar(paper.version_id, min(limit, MAX_SIMILAR))
    return list_hits(hits, title, _("The most similar papers of the archive"), path, f"like-{slugify(paper.arxiv_id)}")
