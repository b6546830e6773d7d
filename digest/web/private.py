"""Pages that only the holder of a signed link should see, and letters shown in a browser."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from subscriptions import tokens
from subscriptions.readers import Reader
from subscriptions.selectors import readers

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""A letter brings its own inline styles and may do nothing else; without allow-scripts nothing in it can run."""


def private(view: View[P]) -> View[P]:
    """Nobody keeps a copy, no search engine lists it. The referrer stays within the site (a stricter policy would make
    browsers send `Origin: null` with forms, which Django refuses)."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store, private"
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Referrer-Policy"] = "same-origin"
        return response

    return wrapped


def reader_of(token: str) -> Reader:
    """Whose feedback a link gives. Raises BadToken as well when they are gone or have made all earlier links void."""
    claim = tokens.read("feedback", token)
    reader = readers([claim.subject]).get(claim.subject)
    if reader is None or reader.epoch != claim.epoch:
        raise tokens.ExpiredToken("the reader's links were renewed")
    return reader


def letter_response(html: str) -> HttpResponse:
    response = HttpResponse(html)
    response["Content-Security-Policy"] = LETTER_POLICY
    return response


def link_problem(request: HttpRequest, error: Exception) -> HttpResponse:
    """The kind page for a link that does not work: 410 when it once did, 400 when it never can have."""
    expired = isinstance(error, tokens.ExpiredToken)
    return render(request, "digest/link_problem.html", {"expired": expired}, status=410 if expired else 400)
