"""Pages that only the holder of a signed link should see, and letters shown in a browser."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from subscriptions.tokens import ExpiredToken

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


def letter_response(html: str) -> HttpResponse:
    response = HttpResponse(html)
    response["Content-Security-Policy"] = LETTER_POLICY
    return response


def link_problem(request: HttpRequest, error: Exception) -> HttpResponse:
    """The kind page for a link that does not work: 410 when it once did, 400 when it never can have."""
    expired = isinstance(error, ExpiredToken)
    return render(request, "digest/link_problem.html", {"expired": expired}, status=410 if expired else 400)
