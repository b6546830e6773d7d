"""Opening one's account by a mailed link, and closing it: for this browser, or for every browser and link."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from subscriptions.links import remembered_browsers
from subscriptions.links.decorators import account_page
from subscriptions.links.lookup import find_subscriber
from subscriptions.models import Subscriber
from subscriptions.services.end_links import end_all_links
from subscriptions.views.link_pages import token_page


@token_page
def open_account(request: HttpRequest, token: str) -> HttpResponse:
    """Remember this browser by a button, because mail scanners follow links, and go to the preferences."""
    subscriber = find_subscriber("account", token)
    if request.method != "POST":
        return render(request, "subscriptions/account.html")
    response = redirect("subscriptions:preferences")
    remembered_browsers.remember(request, response, subscriber)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@account_page
def end_links(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """Take a POST of `forget`, which ends this browser only, or of anything else, which ends all links and browsers."""
    if request.method != "POST":
        return render(request, "subscriptions/end_links.html")
    is_only_here = "forget" in request.POST
    if not is_only_here:
        end_all_links(subscriber)
    response = render(request, "subscriptions/links_ended.html", {"is_only_here": is_only_here})
    remembered_browsers.forget(request, response)
    return response
