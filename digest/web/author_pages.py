"""The pages of authors: the papers of everybody who has a name. Names come from outside."""

from hashlib import sha256
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import caches
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from digest.domain import PaperRecord
from digest.letters.tex.to_unicode import to_text
from digest.letters.text_layout import one_line
from digest.search.author_papers import find_papers_of_author
from digest.web import selectors
from digest.web.author_links import MAX_NAME_LENGTH, name_in_address
from digest.web.cards import Card
from digest.web.found_papers import refuse_politely
from digest.web.paper_lists.paper_list import MAX_PAPERS_OF_ENDLESS_LISTS, PAPERS_PER_PAGE, PaperList
from digest.web.paper_lists.serve import link_formats
from subscriptions import rate_limits
from subscriptions.filters.person_names import split_name
from subscriptions.page_cache import public_page
from subscriptions.page_language import page_language


@require_safe
@public_page("page")
def show_author(request: HttpRequest, name: str) -> HttpResponse:
    """Show the papers of everybody who has this name."""
    written = name_in_address(name)
    if written != name:
        if not written:
            raise Http404(_("We know no paper of an author of that name."))
        return redirect("digest:author", written, permanent=True)
    allowance = rate_limits.allow_search(request)
    if not allowance.is_allowed:
        return refuse_politely(request, allowance)
    versions = _find_versions(written)
    page = Paginator(versions, PAPERS_PER_PAGE).get_page(request.GET.get("page"))
    papers = selectors.load_records(list(page.object_list))
    summaries = selectors.newest_summaries([paper.version_id for paper in papers], page_language())
    context = {
        "name": _spell_as_papers(written, papers),
        "page": page,
        "cards": [Card(paper, summaries.get(paper.version_id), page_of=written) for paper in papers],
        "days": selectors.published_days({paper.day for paper in papers}),
        "formats": link_formats(_path(written)),
        "author_query": urlencode({"filters": f'author:"{" ".join(split_name(written))}"'}),
    }
    return render(request, "digest/author.html", context)


def find_author_papers(request: HttpRequest, name: str, *, limit: int) -> PaperList:
    """Return the papers of everybody who has this name, for feeds and files."""
    papers = selectors.load_records(_find_versions(name_in_address(name))[: min(limit, MAX_PAPERS_OF_ENDLESS_LISTS)])
    spelled = _spell_as_papers(name, papers)
    return PaperList(
        title=spelled,
        description=_("Papers by authors named %s.") % spelled,
        path=_path(name),
        file_name="author-" + "-".join(split_name(name))[:MAX_NAME_LENGTH].encode("ascii", "ignore").decode(),
        papers=papers,
        summaries=selectors.newest_summaries([paper.version_id for paper in papers], page_language()),
    )


def _find_versions(name: str) -> list[int]:
    """Return the newest versions of the papers of a name. Raises Http404 where there are none."""
    # A name that nobody has costs as much as one that many have. The same one is asked for in all formats.
    cache, key = caches["pages"], f"nobody:{sha256(name.encode()).hexdigest()}"
    versions = find_papers_of_author(name) if name and key not in cache else []
    if not versions:
        if settings.PAGE_CACHE_SECONDS:
            cache.add(key, True, settings.PAGE_CACHE_SECONDS)
        raise Http404(_("We know no paper of an author of that name."))
    return versions


def _spell_as_papers(name: str, papers: list[PaperRecord]) -> str:
    """Return the name as the newest of the papers spells it: an address may have it in small letters."""
    parts = split_name(name)
    spelled = (author for paper in papers for author in paper.authors if split_name(author) == parts)
    return one_line(to_text(next(spelled, name)))


def _path(name: str) -> str:
    return reverse("digest:author", args=[name])
