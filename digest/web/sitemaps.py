"""Tells search engines which pages there are: robots.txt, and sitemaps in parts (https://www.sitemaps.org/protocol.html)."""

from collections.abc import Iterable, Iterator
from datetime import date

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from digest.web import selectors
from digest.web.popular_topics import list_popular_topics
from subscriptions.page_cache import public_page
from subscriptions.taxonomy import categories

PAPERS_PER_PART = 5000
MAX_PARTS = 5000
KEPT_SECONDS = 3600
XML = "application/xml; charset=utf-8"
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"

# Pages of one reader, of the operator, or without end: nobody finds anything by them.
KEPT_FROM_ROBOTS = (
    *("/account/", "/address/", "/admin/", "/anymail/", "/confirm/", "/delete/", "/disliked/", "/feedback/"),
    *("/language/", "/letters/", "/liked/", "/mailbox/", "/metrics", "/my-feed/", "/past-letters/", "/preferences/"),
    *("/preview/", "/restore/", "/return/", "/saved/", "/search/", "/signals/", "/unsubscribe/", "/welcome/"),
)

# A page, and the day of its last change where that is known.
Entry = tuple[str, date | None]


@require_safe
@public_page(seconds=KEPT_SECONDS, by_language=False)
def show_robots(request: HttpRequest) -> HttpResponse:
    """Return robots.txt (RFC 9309)."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in KEPT_FROM_ROBOTS)]
    lines += ["", f"Sitemap: {settings.SITE_URL}{reverse('digest:sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
@public_page(seconds=KEPT_SECONDS, by_language=False)
def show_sitemap(request: HttpRequest) -> HttpResponse:
    """Return the index of the sitemap's parts."""
    parts = range(min(selectors.last_paper() // PAPERS_PER_PART + 1, MAX_PARTS))
    paths = [reverse("digest:sitemap_pages"), *(reverse("digest:sitemap_papers", args=[part]) for part in parts)]
    return _answer("sitemapindex", "sitemap", ((path, None) for path in paths))


@require_safe
@public_page(seconds=KEPT_SECONDS, by_language=False)
def show_pages(request: HttpRequest) -> HttpResponse:
    """Return the part of the sitemap with all pages but those of papers."""
    return _answer("urlset", "url", _list_pages())


@require_safe
@public_page(seconds=KEPT_SECONDS, by_language=False)
def show_papers(request: HttpRequest, part: int) -> HttpResponse:
    """Return a part of the sitemap with papers: those of PAPERS_PER_PART neighbouring numbers."""
    if part >= MAX_PARTS:
        raise Http404(_("There is no such part."))
    first = part * PAPERS_PER_PART
    papers = selectors.papers_between(first, first + PAPERS_PER_PART)
    return _answer("urlset", "url", ((reverse("digest:paper", args=[name]), day) for name, day in papers))


def _list_pages() -> Iterator[Entry]:
    for name in ("subscriptions:home", "digest:today", "digest:categories", "digest:topics"):
        yield reverse(name), None
    for name in ("digest:selection", "digest:privacy"):
        yield reverse(name), None
    for year in selectors.list_years():
        yield reverse("digest:calendar", args=[year]), None
        for day in sorted(selectors.count_new_papers(year)):
            yield reverse("digest:edition", args=[day]), day
    for group in categories.GROUPS:
        for category in group.categories:
            yield reverse("digest:category", args=[category.code]), None
    for phrase in list_popular_topics():
        yield reverse("digest:topic", args=[phrase]), None


def _answer(root: str, element: str, entries: Iterable[Entry]) -> HttpResponse:
    """Return the XML. `reverse` gives paths in which nothing but `&` and `'` needs an escape."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<{root} xmlns="{NAMESPACE}">']
    for path, day in entries:
        address = f"{settings.SITE_URL}{path}".replace("&", "&amp;").replace("'", "&apos;")
        changed = f"<lastmod>{day}</lastmod>" if day else ""
        lines.append(f"<{element}><loc>{address}</loc>{changed}</{element}>")
    lines.append(f"</{root}>\n")
    return HttpResponse("\n".join(lines), content_type=XML)
