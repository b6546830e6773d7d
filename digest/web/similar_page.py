"""The papers most like one: a page behind the paper's own, and the same list for programs."""

from collections.abc import Sequence

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
from subscriptions.filters.language import tokens
from subscriptions.page_cache import public_page

# Farther ones have less and less to do with the paper.
MAX_SIMILAR = 24
# On the paper's own page.
SHORT_LIST = 5
# A topic is read from a paper and so many that are like it; so many of all these have it.
READ_FOR_TOPIC, MIN_PAPERS_OF_TOPIC = 10, 3
# So many phrases that they share are looked for in the paper itself.
MAX_PHRASES = 8


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
        "topic": _name_topic(paper, [card.paper for card in cards]),
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
    hits = find.similar(version.pk, READ_FOR_TOPIC)
    papers = selectors.load_records([hit.version_id for hit in hits])
    context = {"papers": papers[:SHORT_LIST], "topic": _name_topic(version, papers)}
    return render(request, "digest/_similar.html", context)


def _name_topic(paper: Version | PaperRecord, similar: Sequence[PaperRecord]) -> str:
    """Return the phrase that stands out in a paper and in those that are most like it; nothing if they share none.

    A single word is mostly the name that a paper gave itself, or as wide as a field.
    """
    papers = [paper, *similar[:READ_FOR_TOPIC]]
    phrases = suggest_keywords(papers, MAX_PHRASES, min_papers=MIN_PAPERS_OF_TOPIC, min_words=2)
    return next((phrase for phrase in phrases if _has_phrase(paper, phrase)), "")


def _has_phrase(paper: Version | PaperRecord, phrase: str) -> bool:
    wanted = f" {' '.join(tokens(phrase))} "
    return any(wanted in f" {' '.join(tokens(text))} " for text in (paper.title, paper.abstract))


def find_similar(request: HttpRequest, arxiv_id: str, *, limit: int) -> PaperList | HttpResponse:
    """Return the papers most like one as a list."""
    paper = selectors.newest_record(arxiv_id)
    if paper is None:
        return lead_to_paper("digest:similar", arxiv_id)
    title = _("Papers like “%(title)s”") % {"title": to_text(paper.title)}
    path = reverse("digest:similar", args=[paper.arxiv_id])
    hits = find.similar(paper.version_id, min(limit, MAX_SIMILAR))
    return list_hits(hits, title, _("The most similar papers of the archive"), path, f"like-{slugify(paper.arxiv_id)}")
