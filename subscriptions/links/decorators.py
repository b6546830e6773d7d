"""Decorators of pages that only one reader should see."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from subscriptions.links import remembered_browsers
from subscriptions.links.tokens import BadToken, ExpiredToken
from subscriptions.models import Subscriber

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def private_page(view: View[P]) -> View[P]:
    """Show a kind page for a link that does not work, and forbid copies and listing in search engines.

    The referrer stays within the site. A stricter policy would make browsers send `Origin: null` with the forms, and
    Django takes that for a forgery.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except BadToken as error:
            expired = isinstance(error, ExpiredToken)
            # 410 for a link that worked once, 400 for one that never did.
            status = 410 if expired else 400
            response = render(request, "subscriptions/bad_link.html", {"expired": expired}, status=status)
        response["Cache-Control"] = "no-store, private"
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Referrer-Policy"] = "same-origin"
        return response

    return wrapped


def account_page(view: Callable[Concatenate[HttpRequest, Subscriber, P], HttpResponse]) -> View[P]:
    """Give the view the reader whose browser this is. Other browsers are sent to where a link is mailed."""

    @private_page
    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        subscriber = remembered_browsers.find_subscriber(request)
        if subscriber is None:
            return redirect("subscriptions:link")
        return view(request, subscriber, *args, **kwargs)

    return wrapped


def account_id_page(view: Callable[Concatenate[HttpRequest, int, P], HttpResponse]) -> View[P]:
    """Do as `account_page`, and give the view the reader's id: for other apps, which know no rows of this one."""

    @account_page
    @wraps(view)
    def wrapped(request: HttpRequest, subscriber: Subscriber, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return view(request, subscriber.id, *args, **kwargs)

    return wrapped


def reader_or_stranger_page(
    view: Callable[Concatenate[HttpRequest, int | None, P], HttpResponse],
) -> View[P]:
    """Give the view the id of the reader whose browser this is, or None in any other browser.

    What a reader gets is theirs alone; for strangers the view says what may be kept of it.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        subscriber = remembered_browsers.find_subscriber(request)
        response = view(request, subscriber.id if subscriber else None, *args, **kwargs)
        if subscriber:
            response["Cache-Control"] = "no-store, private"
        return response

    return wrapped
