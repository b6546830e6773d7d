"""What search, topic and similar pages do with the versions that were found: cards, lists, and a kind refusal."""

from collections.abc import Sequence
from http import HTTPStatus
from math import ceil

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from digest.search.find import Hit
from digest.web import selectors
from digest.web.cards import Card
from digest.web.paper_lists.paper_list import PaperList
from subscriptions.page_language import page_language
from subscriptions.rate_limits import Allowance

PAPERS_PER_PAGE, MAX_PAGES = 20, 10
MAX_PAPERS = PAPERS_PER_PAGE * MAX_PAGES


def paginate(request: HttpRequest, hits: Sequence[Hit]) -> "Page[Hit]":
    """Return the page of hits that is asked for; the nearest one for a number that is none."""
    return Paginator(hits, PAPERS_PER_PAGE).get_page(request.GET.get("page"))


def cards_of_hits(hits: Sequence[Hit], first_rank: int = 0) -> list[Card]:
    """Return the cards of found papers, in their order. It takes four queries."""
    versions = [hit.version_id for hit in hits]
    summaries = selectors.newest_summaries(versions, page_language())
    records = selectors.load_records(versions, first_rank)
    return [Card(record, summaries.get(record.version_id)) for record in records]


def list_hits(hits: Sequence[Hit], title: str, description: str, path: str, file_name: str) -> PaperList:
    """Return found papers for programs. It takes four queries."""
    versions = [hit.version_id for hit in hits]
    return PaperList(
        title=title,
        description=description,
        path=path,
        file_name=file_name,
        papers=selectors.load_records(versions),
        summaries=selectors.newest_summaries(versions, page_language()),
    )


def refuse_politely(request: HttpRequest, allowance: Allowance) -> HttpResponse:
    """Return the page for a client that asked for too much, with the time after which it may ask again."""
    seconds = max(1, ceil(allowance.wait.total_seconds()))
    context = {"minutes": ceil(seconds / 60)}
    response = render(request, "digest/too_many.html", context, status=HTTPStatus.TOO_MANY_REQUESTS)
    response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "no-store"
    return response
