"""Serves lists in all formats: their addresses, the answer to a request, and the links that pages show.

A page that shows a list has a function that finds it, and `list_paths` makes the addresses of its formats. Each
list that is made counts as a search in the limit of its client:

    path("topics/<path:phrase>/", topics.show_topic, name="topic"),
    *list_paths("topics/<path:phrase>/", topics.find_topic_list, "topic"),
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.views.decorators.http import require_safe

from digest.web.found_papers import refuse_politely
from digest.web.paper_lists.addresses import LANGUAGE_PARAMETER, USUAL_LANGUAGE, path_in_format
from digest.web.paper_lists.list_format import ListFormat
from digest.web.paper_lists.paper_list import PaperList
from digest.web.paper_lists.registry import FORMATS
from subscriptions import rate_limits
from subscriptions.letter_languages import django_code

# Finds the list that a request asks for, by the values in its path, and as its `limit` how many papers are shown at
# most. It may answer otherwise, or raise Http404.
ListFinder = Callable[..., PaperList | HttpResponse]
View = Callable[..., HttpResponse]


def list_paths(
    route: str,
    find_list: ListFinder,
    name: str,
    values: Mapping[str, object] | None = None,
    *,
    formats: Sequence[ListFormat] = FORMATS,
    decorate: Callable[[View], View] = lambda view: view,
) -> list[URLPattern]:
    """Return the address of a list in each format, such as `<route>atom/`, with the name `<name>_atom`.

    *route* and *values* are those of the list's page; *decorate* is its decorator, for lists of one reader.
    """
    return [
        path(
            f"{route}{each.name}/",
            require_safe(decorate(_serve_format(find_list, each))),
            dict(values or {}),
            name=f"{name}_{each.name}",
        )
        for each in formats
    ]


def _serve_format(find_list: ListFinder, list_format: ListFormat) -> View:
    def view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        with translation.override(django_code(request.GET.get(LANGUAGE_PARAMETER, USUAL_LANGUAGE))):
            # A list costs as much as a search, or more.
            allowance = rate_limits.allow_search(request)
            if not allowance.is_allowed:
                return refuse_politely(request, allowance)
            found = find_list(request, *args, limit=list_format.max_papers, **kwargs)
            return answer_in_format(request, found, list_format) if isinstance(found, PaperList) else found

    return view


def answer_in_format(request: HttpRequest, papers: PaperList, list_format: ListFormat) -> HttpResponse:
    """Return a list in a format, or 304 to who has it already (RFC 9110, section 13).

    The same list is the same bytes: its ETag is made of them.
    """
    body = "".join(list_format.write(papers)).encode()
    etag = quote_etag(sha256(body).hexdigest()[:32])
    changed = int(papers.updated.timestamp()) if papers.updated else None
    response = HttpResponse(body, content_type=f"{list_format.media_type}; charset=utf-8")
    response["ETag"] = etag
    if changed is not None:
        response["Last-Modified"] = http_date(changed)
    if papers.age is None:
        response["Cache-Control"] = "private, no-store"
    else:
        keeper = "public" if papers.is_public else "private"
        response["Cache-Control"] = f"{keeper}, max-age={papers.age.total_seconds():.0f}"
    # The page of the list is what a search engine should show.
    response["X-Robots-Tag"] = "noindex"
    if not list_format.is_feed:
        response["Content-Disposition"] = f'attachment; filename="{papers.file_name}.{list_format.ending}"'
    conditional = get_conditional_response(request, etag=etag, last_modified=changed, response=response)
    return conditional if isinstance(conditional, HttpResponse) else response


class FormatLink(NamedTuple):
    """A link to a list in a format, as `digest/_formats.html` and `digest/_alternates.html` read it."""

    label: str
    media_type: str
    path: str
    is_feed: bool


def link_formats(list_path: str, formats: Iterable[ListFormat] = FORMATS) -> list[FormatLink]:
    """Return the links of a list's page to its formats. *list_path* is `PaperList.path`."""
    return [
        FormatLink(each.label, each.media_type, path_in_format(list_path, each.name), each.is_feed) for each in formats
    ]
