"""The search page: words or a filter, days, a category, an order; and the same list for programs."""

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from digest.dates import parse_day
from digest.ranking.search.query import MAX_QUERY_LENGTH
from digest.search.find import Found, Order, Scope, search_archive
from digest.sources.arxiv.ids import parse_id
from digest.web import selectors
from digest.web.found_papers import MAX_PAPERS, cards_of_hits, list_hits, paginate, refuse_politely
from digest.web.paper_lists.paper_list import PaperList
from digest.web.paper_lists.serve import link_formats
from digest.web.popular_topics import list_popular_topics
from subscriptions import rate_limits
from subscriptions.filters.error_messages import FilterProblem, describe_mistake
from subscriptions.filters.language import FilterError, tidy_typed
from subscriptions.taxonomy import categories

ORDERS: tuple[Order, ...] = ("relevance", "newest", "noticed")


@dataclass(frozen=True, slots=True)
class AskedSearch:
    """What somebody asked for, as far as it could be read."""

    text: str
    first_day: date | None
    last_day: date | None
    category: str
    order: Order
    # Whether words that look mistyped are searched as they stand.
    exactly: bool
    # What was written in the fields of days that is no day.
    wrong_days: tuple[str, ...]

    @property
    def is_narrowed(self) -> bool:
        """Return whether more than the text was asked for."""
        return bool(self.first_day or self.last_day or self.category or self.wrong_days or self.order != ORDERS[0])

    @property
    def path(self) -> str:
        """Return the path of the page with what was asked for, always in the same order."""
        given = {
            "q": self.text,
            "from": self.first_day.isoformat() if self.first_day else "",
            "to": self.last_day.isoformat() if self.last_day else "",
            "cat": self.category,
            "order": self.order if self.order != ORDERS[0] else "",
            "exact": "1" if self.exactly else "",
        }
        query = urlencode({name: value for name, value in given.items() if value})
        return f"{reverse('digest:search')}?{query}".removesuffix("?")

    def run(self, limit: int = MAX_PAPERS) -> Found:
        """Return what is found, *limit* papers at most. Raises FilterError."""
        codes = (self.category,) if self.category else ()
        scope = Scope(codes, self.first_day, self.last_day)
        return search_archive(self.text, limit, scope=scope, order=self.order, exactly=self.exactly)


def read_search(request: HttpRequest) -> AskedSearch:
    """Return what the query of an address asks for; what means nothing is left out."""
    given = request.GET
    days = {name: given.get(name, "").strip() for name in ("from", "to")}
    read = {name: _read_day(text) for name, text in days.items()}
    order = next((each for each in ORDERS if each == given.get("order")), ORDERS[0])
    return AskedSearch(
        # A sign that nobody sees would make a filter unreadable, and is shown nowhere.
        text=tidy_typed(given.get("q", "")),
        first_day=read["from"],
        last_day=read["to"],
        category=categories.canonical(given.get("cat", "")) or "",
        order=order,
        exactly=given.get("exact") == "1",
        wrong_days=tuple(text[:20] for name, text in days.items() if text and read[name] is None),
    )


def _read_day(text: str) -> date | None:
    try:
        return parse_day(text)
    except ValueError:
        return None


@require_safe
def show_search(request: HttpRequest) -> HttpResponse:
    """Show the form, and what is found for what it holds; lead an id or an address of arXiv to its paper."""
    asked = read_search(request)
    if (named := parse_id(asked.text)) and selectors.is_known(named.id):
        return redirect("digest:paper", named.id)
    context: dict[str, object] = {
        "asked": asked,
        "orders": [(each, _name_order(each), each == asked.order) for each in ORDERS],
        "category_options": render_category_options(get_language() or ""),
        "max_length": MAX_QUERY_LENGTH,
    }
    if asked.text:
        allowance = rate_limits.allow_search(request)
        if not allowance.is_allowed:
            return refuse_politely(request, allowance)
        context |= _find(request, asked)
    if not context.get("cards"):
        context["topics"] = list_popular_topics()
    response = render(request, "digest/search.html", context)
    # Nobody else is to see in a cache what somebody looked for.
    response["Cache-Control"] = "private, max-age=60"
    # The language may be chosen by a cookie.
    patch_vary_headers(response, ("Accept-Language", "Cookie"))
    return response


@lru_cache(maxsize=8)
def render_category_options(_language: str) -> SafeString:
    """Return the options of all categories, in the language of the page: a tenth of the work of the whole page."""
    groups = [(_(group.name), group.categories) for group in categories.GROUPS]
    return render_to_string("digest/_category_options.html", {"groups": groups})


def _find(request: HttpRequest, asked: AskedSearch) -> dict[str, object]:
    """Return what the page tells of a search: the papers of one page, or where the mistake is."""
    try:
        found = asked.run()
    except FilterError as error:
        mistake: FilterProblem = describe_mistake(asked.text, error)
        return {"mistakes": [mistake]}
    page = paginate(request, found.hits)
    cards = cards_of_hits(list(page.object_list), max(page.start_index() - 1, 0))
    return {
        "found": found,
        "page": page,
        "cards": cards,
        "days": selectors.published_days({card.paper.day for card in cards}),
        "formats": link_formats(asked.path),
        "exact_path": f"{asked.path}&exact=1",
    }


def find_searched(request: HttpRequest, *, limit: int) -> PaperList | HttpResponse:
    """Return what the page shows as a list, all pages of it."""
    asked = read_search(request)
    try:
        hits = asked.run(min(limit, MAX_PAPERS)).hits if asked.text else []
    except FilterError as error:
        return HttpResponse(f"{describe_mistake(asked.text, error).message}\n", "text/plain; charset=utf-8", status=400)
    title = _("Search: %(query)s") % {"query": asked.text}
    found = list_hits(hits, title, _name_order(asked.order), asked.path, "search")
    # As on the page, nobody else is to see in a cache what somebody looked for.
    return replace(found, is_public=False)


def _name_order(order: Order) -> str:
    match order:
        case "newest":
            return _("Newest first")
        case "noticed":
            return _("Most noticed first")
        case "relevance":
            return _("Best matches first")
