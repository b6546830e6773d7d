"""The unsubscribe page: one button, or one POST from a mail program (RFC 8058), and a way back."""

from typing import cast, get_args

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from subscriptions.links.lookup import find_subscriber_to_unsubscribe
from subscriptions.models import Subscriber
from subscriptions.services.unsubscribe import Alternative, choose_alternative, unsubscribe
from subscriptions.views.link_pages import token_page


@csrf_exempt
@token_page
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """Answer a POST with 200 at once, without redirect, session or CSRF token: mail programs send it too.

    Without `instead` it unsubscribes, whatever else its body says. GET and HEAD change nothing.
    """
    alternative = request.POST.get("instead", "")
    if request.method != "POST":
        subscriber, done = find_subscriber_to_unsubscribe(token), ""
    elif alternative in get_args(Alternative):
        subscriber, done = choose_alternative(token, cast(Alternative, alternative)), alternative
    else:
        subscriber, done = unsubscribe(token), "unsubscribed"
    context = {
        "subscriber": subscriber,
        "done": done,
        "is_unsubscribed": subscriber is None or subscriber.status == Subscriber.Status.UNSUBSCRIBED,
        "can_return": subscriber is not None and subscriber.consent_at is not None,
    }
    return render(request, "subscriptions/unsubscribe.html", context)
