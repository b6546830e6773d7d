"""The unsubscribe page: one button, or one POST from a mail program (RFC 8058), and a way back."""

from typing import cast, get_args

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from subscriptions import rate_limits
from subscriptions.links.lookup import find_subscriber_to_bring_back, find_subscriber_to_unsubscribe
from subscriptions.masked_address import mask_address
from subscriptions.models import Subscriber
from subscriptions.services import signup
from subscriptions.services.unsubscribe import Alternative, choose_alternative, come_back, unsubscribe
from subscriptions.views.link_pages import redirect_to_sent, token_page

# Our own buttons send far less. A longer body is none of theirs and is not read.
MAX_BODY_BYTES = 10_000


@csrf_exempt
@token_page
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """Answer a POST with 200 at once, without redirect, session or CSRF token: mail programs send it too.

    Without `instead` it unsubscribes, whatever else its body says or is. GET and HEAD change nothing. A goodbye letter
    answers our own button alone: a mail program's POST is answered by no mail.
    """
    subscriber, done, undo_token = find_subscriber_to_unsubscribe(token), "", ""
    if request.method == "POST":
        form = _read_form(request)
        alternative = form.get("instead", "")
        if alternative == "link":
            if subscriber is not None and rate_limits.allow_reader(subscriber.id, "link"):
                signup.request_own_link(subscriber)
            return redirect_to_sent("account")
        if alternative in get_args(Alternative):
            undo_token = form.get("undo", "")
            subscriber = choose_alternative(token, cast(Alternative, alternative), undo_token=undo_token)
            done, undo_token = alternative, ""
        else:
            subscriber, undo_token = unsubscribe(token, says_goodbye=form.get("from") == "page")
    context = {
        "subscriber": subscriber,
        "masked_address": mask_address(subscriber.email) if subscriber else "",
        "done": done,
        "undo_token": undo_token,
        "is_unsubscribed": subscriber is None or subscriber.status == Subscriber.Status.UNSUBSCRIBED,
        "has_agreed": subscriber is not None and subscriber.consent_at is not None,
    }
    return render(request, "subscriptions/unsubscribe.html", context)


@token_page
def come_back_page(request: HttpRequest, token: str) -> HttpResponse:
    """Bring the letters back by a button behind the link in the goodbye letter."""
    find_subscriber_to_bring_back(token)
    if request.method == "POST":
        come_back(token)
    return render(request, "subscriptions/come_back.html", {"done": request.method == "POST"})


def _read_form(request: HttpRequest) -> QueryDict:
    """Return what one of our own buttons sent; empty for whatever else the body is, broken or huge."""
    try:
        return request.POST if int(request.META["CONTENT_LENGTH"]) <= MAX_BODY_BYTES else QueryDict()
    except Exception:  # whatever is wrong with a body, its sender wants to leave
        return QueryDict()
