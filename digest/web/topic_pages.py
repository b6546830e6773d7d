"""Topic pages: for any phrase or filter the newest and the most noticed papers, and a letter with them once a day."""

from http import HTTPStatus
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from digest.search.find import Found, Order, search_archive
from digest.web import selectors
from digest.web.found_papers import MAX_PAPERS, cards_of_hits, list_hits, paginate, refuse_politely
from digest.web.paper_lists.paper_list import PaperList
from digest.web.paper_lists.serve import link_formats
from digest.web.popular_topics import list_popular_topics
from subscriptions import rate_limits
from subscriptions.filters.error_messages import describe_mistake
from subscriptions.filters.language import MAX_FILTER_LENGTH, FilterError, tidy_typed
from subscriptions.page_cache import public_page

ORDERS: tuple[Order, ...] = ("newest", "noticed", "relevance")
# Pages with fewer papers are not listed by search engines: anybody can make an address of any words.
MIN_LISTED = 20


@require_safe
def list_topics(request: HttpRequest) -> HttpResponse:
    """Show popular topics and the form for any other; lead what was typed there to the page of its topic."""
    if phrase := tidy_phrase(request.GET.get("topic", "")):
        return redirect("digest:topic", phrase)
    return _list_popular(request)


@public_page()
def _list_popular(request: HttpRequest) -> HttpResponse:
    return render(request, "digest/topics.html", {"topics": list_popular_topics(), "max_length": MAX_FILTER_LENGTH})


@require_safe
def show_topic(request: HttpRequest, phrase: str) -> HttpResponse:
    if (tidied := tidy_phrase(phrase)) != phrase or not tidied:
        return redirect("digest:topic", tidied, permanent=True) if tidied else redirect("digest:topics")
    return _show_tidy_topic(request, phrase)


@public_page("order", "page", has_form=True)
def _show_tidy_topic(request: HttpRequest, phrase: str) -> HttpResponse:
    allowance = rate_limits.allow_search(request)
    if not allowance.is_allowed:
        return refuse_politely(request, allowance)
    order = _read_order(request)
    try:
        found = find_topic_papers(phrase, order)
    except FilterError as error:
        context = {
            "topics": list_popular_topics(),
            "max_length": MAX_FILTER_LENGTH,
            "phrase": phrase,
            "mistakes": [describe_mistake(phrase, error)],
        }
        return render(request, "digest/topics.html", context, status=HTTPStatus.NOT_FOUND)
    page = paginate(request, found.hits)
    cards = cards_of_hits(list(page.object_list), max(page.start_index() - 1, 0))
    context = {
        "phrase": phrase,
        "order": order,
        "found": found,
        "page": page,
        "cards": cards,
        "days": selectors.published_days({card.paper.day for card in cards}),
        "formats": link_formats(topic_path(phrase, order)),
        "is_listed": found.total >= MIN_LISTED,
        "topics": () if found.total else list_popular_topics(),
    }
    return render(request, "digest/topic.html", context)


def find_topic_list(request: HttpRequest, phrase: str, *, limit: int) -> PaperList | HttpResponse:
    """Return the papers of a topic as a list, all pages of them."""
    phrase, order = tidy_phrase(phrase), _read_order(request)
    try:
        hits = find_topic_papers(phrase, order, min(limit, MAX_PAPERS)).hits
    except FilterError as error:
        return HttpResponse(f"{describe_mistake(phrase, error).message}\n", "text/plain; charset=utf-8", status=404)
    descriptions = {
        "newest": _("New papers on this topic"),
        "noticed": _("The most noticed papers on this topic"),
        "relevance": _("The papers that say most of this topic"),
    }
    return list_hits(hits, phrase, descriptions[order], topic_path(phrase, order), slugify(phrase)[:60] or "topic")


def find_topic_papers(phrase: str, order: Order = ORDERS[0], limit: int = MAX_PAPERS) -> Found:
    """Return the papers that a reader with this filter would be sent. Raises FilterError."""
    return search_archive(phrase, limit, order=order, as_filter=True)


def topic_path(phrase: str, order: Order = ORDERS[0]) -> str:
    """Return the path of a topic's page."""
    path = reverse("digest:topic", args=[phrase])
    return path if order == ORDERS[0] else f"{path}?{urlencode({'order': order})}"


def tidy_phrase(text: str) -> str:
    """Return the phrase of a topic in the one way that its address has it."""
    return tidy_typed(text).strip("/ ")


def _read_order(request: HttpRequest) -> Order:
    return next((each for each in ORDERS if each == request.GET.get("order")), ORDERS[0])
