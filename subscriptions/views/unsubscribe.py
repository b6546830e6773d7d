"""The way out: one button, or one POST from a mail program (RFC 8058), and a way back."""

from typing import cast, get_args

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from subscriptions.links.lookup import leaver
from subscriptions.models import Subscriber
from subscriptions.services import signup
from subscriptions.services.signup import Instead
from subscriptions.views.link_pages import token_page


@csrf_exempt
@token_page
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """A POST answers 200 at once, without redirect, session or CSRF token: mail programs send it, not only browsers.

    Without `instead` it unsubscribes, whatever else its body says. Looking (GET, HEAD) changes nothing.
    """
    if request.method != "POST":
        return _page(request, leaver(token), "")
    instead = request.POST.get("instead", "")
    if instead in get_args(Instead):
        return _page(request, signup.stay(token, cast(Instead, instead)), instead)
    return _page(request, signup.unsubscribe(token), "left")


def _page(request: HttpRequest, subscriber: Subscriber | None, done: str) -> HttpResponse:
    """`done`: empty, `left`, or what was chosen instead."""
    left = subscriber is None or subscriber.status == Subscriber.Status.UNSUBSCRIBED
    can_return = subscriber is not None and subscriber.consent_at is not None
    context = {"subscriber": subscriber, "done": done, "left": left, "can_return": can_return}
    return render(request, "subscriptions/unsubscribe.html", context)
