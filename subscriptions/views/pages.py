"""What the pages behind a signed link have in common."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from subscriptions import tokens
from subscriptions.mail import MailUnavailable
from subscriptions.models import Subscriber
from subscriptions.tokens import BadToken, ExpiredToken

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def token_page(view: View[P]) -> View[P]:
    """GET, HEAD and POST; a kind page for a link that does not work; no copies, no listing in search engines.

    The referrer stays within the site. A stricter policy would make browsers send `Origin: null` with the forms, and
    Django takes that for a forgery.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except BadToken as error:
            response = bad_link(request, error)
        except MailUnavailable:
            response = render(request, "subscriptions/unavailable.html", status=503)
        response["Cache-Control"] = "no-store, private"
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Referrer-Policy"] = "same-origin"
        return response

    return require_http_methods(["GET", "HEAD", "POST"])(wrapped)


def bad_link(request: HttpRequest, error: BadToken) -> HttpResponse:
    """410 for a link that worked once, 400 for one that never did."""
    expired = isinstance(error, ExpiredToken)
    return render(request, "subscriptions/bad_link.html", {"expired": expired}, status=410 if expired else 400)


def to_sent(what: str) -> HttpResponse:
    """The page that says: look into your mailbox. *what* is one of the words that its template knows."""
    return HttpResponseRedirect(f"{reverse('subscriptions:sent')}?for={what}")


def to_preferences(subscriber: Subscriber, notice: str) -> HttpResponse:
    """A fresh link to the person's own preferences. *notice* is one of the words that the template knows."""
    token = tokens.make("manage", subscriber.id, subscriber.epoch)
    return HttpResponseRedirect(f"{reverse('subscriptions:preferences', args=(token,))}?notice={notice}")
