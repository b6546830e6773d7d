"""The endpoints of the read API. Each returns what becomes the JSON of the answer; `openapi.py` describes them."""

from http import HTTPStatus
from math import ceil
from typing import cast

from django.http import HttpRequest

from digest.dates import parse_day
from digest.ranking.search.query import MAX_QUERY_LENGTH
from digest.search.find import Found, Order, Scope, search_archive
from digest.sources.arxiv.ids import parse_id
from digest.web import selectors, topic_pages
from digest.web.api import parameters
from digest.web.api.answers import ApiProblem, api_view, search_view
from digest.web.api.openapi import describe_api
from digest.web.api.representations import represent_paper, represent_papers
from digest.web.cards import find_summary
from digest.web.found_papers import MAX_PAPERS, PAPERS_PER_PAGE
from digest.web.paper_lists.addresses import full_address
from digest.web.popular_topics import list_popular_topics
from digest.web.search_page import ORDERS
from subscriptions.filters.language import MAX_FILTER_LENGTH, FilterError
from subscriptions.page_language import page_language
from subscriptions.taxonomy import categories


@api_view
def show_document(request: HttpRequest) -> object:
    """Return the OpenAPI document of this API."""
    return describe_api()


@api_view
def show_paper(request: HttpRequest, arxiv_id: str) -> object:
    """Return the newest version of a paper, with the days whose editions show it. Raises ApiProblem: 404."""
    named = parse_id(arxiv_id.rstrip("/"))
    paper = selectors.newest_record(named.id if named else arxiv_id)
    if paper is None:
        raise ApiProblem(HTTPStatus.NOT_FOUND, "We do not know this paper.")
    summary = selectors.newest_summaries([paper.version_id], page_language()).get(paper.version_id)
    days = selectors.edition_days(paper.arxiv_id)
    return {**represent_paper(paper, summary), "editions": [day.isoformat() for day in days]}


@search_view
def search(request: HttpRequest) -> object:
    """Return one page of what `q` finds, within days and a category. Raises ApiProblem: 400 for what cannot be read."""
    text = parameters.read_text(request, "q", MAX_QUERY_LENGTH)
    category = parameters.read_choice(request, "category", categories.CATEGORIES, "")
    order = cast(Order, parameters.read_choice(request, "order", ORDERS, ORDERS[0]))
    codes = (category,) if category else ()
    scope = Scope(codes, parameters.read_day(request, "from"), parameters.read_day(request, "to"))
    page = parameters.read_page(request)
    try:
        found = search_archive(text, MAX_PAPERS, scope=scope, order=order)
    except FilterError as error:
        raise _describe_mistake(error) from None
    return {"query": text, "corrected_query": found.corrected or None, **_show_page(found, page)}


@api_view
def show_topic(request: HttpRequest) -> object:
    """Return one page of the papers on `topic`, as its page lists them. Raises ApiProblem: 400 for a broken filter."""
    phrase = parameters.read_text(request, "topic", MAX_FILTER_LENGTH)
    order = cast(Order, parameters.read_choice(request, "order", topic_pages.ORDERS, topic_pages.ORDERS[0]))
    page = parameters.read_page(request)
    try:
        found = topic_pages.find_topic_papers(topic_pages.tidy_phrase(phrase), order)
    except FilterError as error:
        raise _describe_mistake(error) from None
    return {"topic": phrase, **_show_page(found, page)}


@api_view
def list_topics(request: HttpRequest) -> object:
    """Return the topics of the newest edition, each with the address of its page."""
    topics = list_popular_topics()
    return {"topics": [{"topic": each, "page": full_address(topic_pages.topic_path(each))} for each in topics]}


@api_view
def list_editions(request: HttpRequest) -> object:
    """Return one page of the days that have an edition, the newest first."""
    page = parameters.read_page(request)
    editions = selectors.published_editions().order_by("-day")
    days = list(editions.values_list("day", flat=True)[parameters.slice_page(page)])
    return {**_number_pages(editions.count(), page), "editions": [day.isoformat() for day in days]}


@api_view
def show_edition(request: HttpRequest, day: str) -> object:
    """Return one page of the papers of a day, the best first. Raises ApiProblem: 404."""
    page = parameters.read_page(request)
    try:
        edition = selectors.find_edition(parse_day(day))
    except ValueError:
        edition = None
    if edition is None:
        raise ApiProblem(HTTPStatus.NOT_FOUND, "There is no edition of that day.")
    shown = parameters.slice_page(page)
    listed = selectors.list_papers(edition, "", shown.start, shown.stop)
    language = page_language()
    summaries = {paper.version_id: find_summary(listed.summaries, paper.rank, language) for paper in listed.papers}
    known = {pk: summary for pk, summary in summaries.items() if summary}
    total = sum(each.papers for each in selectors.count_by_section(edition))
    papers = represent_papers(listed.papers, known)
    return {"day": edition.day.isoformat(), **_number_pages(total, page), "papers": papers}


@api_view
def show_category(request: HttpRequest, code: str) -> object:
    """Return one page of the newest papers of a category, by any of its codes. Raises ApiProblem: 404."""
    page = parameters.read_page(request)
    category = categories.canonical(code)
    if category is None or category not in categories.CATEGORIES:
        raise ApiProblem(HTTPStatus.NOT_FOUND, "There is no category of that name.")
    shown = parameters.slice_page(page)
    papers = selectors.load_records(selectors.newest_in_category(category, shown.start, shown.stop))
    summaries = selectors.newest_summaries([paper.version_id for paper in papers], page_language())
    total = selectors.count_newest_in_category(category, MAX_PAPERS)
    return {
        "code": category,
        "name": categories.CATEGORIES[category].name,
        **_number_pages(total, page),
        "papers": represent_papers(papers, summaries),
    }


@api_view
def show_nothing(request: HttpRequest, rest: str) -> object:
    """Answer what is no endpoint as the API does, with a problem: 404."""
    raise ApiProblem(HTTPStatus.NOT_FOUND, "There is no such endpoint. See /api/v1/openapi.json.")


def _show_page(found: Found, page: int) -> dict[str, object]:
    """Return one page of what a search found, and how much there is."""
    hits = found.hits[parameters.slice_page(page)]
    versions = [hit.version_id for hit in hits]
    has_all = {hit.version_id: hit.matches for hit in hits}
    papers = selectors.load_records(versions)
    summaries = selectors.newest_summaries(versions, page_language())
    shown = [
        {**represent_paper(paper, summaries.get(paper.version_id)), "has_all": has_all[paper.version_id]}
        for paper in papers
    ]
    return {**_number_pages(found.total, page), "papers": shown}


def _number_pages(total: int, page: int) -> dict[str, object]:
    return {"total": total, "page": page, "papers_per_page": PAPERS_PER_PAGE, "pages": _count_pages(total)}


def _count_pages(total: int) -> int:
    return min(ceil(total / PAPERS_PER_PAGE), MAX_PAPERS // PAPERS_PER_PAGE)


def _describe_mistake(error: FilterError) -> ApiProblem:
    return ApiProblem(
        HTTPStatus.UNPROCESSABLE_ENTITY, str(error), code=error.code, position=error.position, length=error.length
    )
