"""Reads the parameters of requests to the API. What is wrong is told as 400, with the parameter's name."""

from collections.abc import Collection
from datetime import date
from http import HTTPStatus

from django.http import HttpRequest

from digest.web.api.answers import ApiProblem
from digest.web.found_papers import MAX_PAGES, PAPERS_PER_PAGE


def read_page(request: HttpRequest) -> int:
    """Return the number of a page, from 1 to MAX_PAGES."""
    text = request.GET.get("page", "1")
    if text not in map(str, range(1, MAX_PAGES + 1)):
        raise _wrong("page", f"a whole number from 1 to {MAX_PAGES}")
    return int(text)


def slice_page(page: int) -> slice:
    """Return which papers stand on a page."""
    return slice((page - 1) * PAPERS_PER_PAGE, page * PAPERS_PER_PAGE)


def read_choice(request: HttpRequest, name: str, choices: Collection[str], usual: str) -> str:
    """Return one of *choices*, or *usual* where none is given."""
    text = request.GET.get(name)
    if text is None:
        return usual
    if text not in choices:
        raise _wrong(name, f"one of {', '.join(choices)}")
    return text


def read_day(request: HttpRequest, name: str) -> date | None:
    """Return a day such as 2026-01-31; None where none is given."""
    text = request.GET.get(name)
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise _wrong(name, "a day such as 2026-01-31")
    return day


def read_text(request: HttpRequest, name: str, max_length: int) -> str:
    """Return a text that must be there."""
    text = request.GET.get(name, "")
    if not text or len(text) > max_length:
        raise _wrong(name, f"a text of 1 to {max_length} characters")
    return text


def _wrong(name: str, expected: str) -> ApiProblem:
    return ApiProblem(HTTPStatus.BAD_REQUEST, f"`{name}` is {expected}.", parameter=name)
