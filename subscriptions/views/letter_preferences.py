"""The page behind the link in every letter: fewer letters, a pause, and letters with strong links to all else.

A forwarded letter has the same link. So these pages show neither address nor interests, and bring nobody more letters.
In a browser in which its reader opened their account, they lead to the preferences.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from subscriptions import rate_limits
from subscriptions.forms import FewerLettersForm, PauseForm
from subscriptions.links import remembered_browsers, tokens
from subscriptions.links.lookup import find_subscriber
from subscriptions.models import Subscriber
from subscriptions.services import deletion, preferences, signup
from subscriptions.views.link_pages import redirect_to_sent, token_page

NOTICES = ("saved", "paused")


@token_page
def edit_letters(request: HttpRequest, token: str) -> HttpResponse:
    """Show days, hour and number of papers, and store fewer of them."""
    subscriber = find_subscriber("manage", token)
    if _is_looked_at_by_owner(request, subscriber):
        return redirect("subscriptions:preferences")
    form = FewerLettersForm(request.POST if request.method == "POST" else None, subscriber.preferences())
    if form.is_bound and form.is_valid():
        preferences.reduce_letters(subscriber, **form.cleaned_data)
        return _redirect_back(token, "saved")
    now, notice = timezone.now(), request.GET.get("notice", "")
    context = {
        "token": token,
        "subscriber": subscriber,
        "form": form,
        "notice": notice if notice in NOTICES and not form.is_bound else "",
        "is_paused": bool(subscriber.paused_until and subscriber.paused_until > now.date()),
        "is_unsubscribed": subscriber.status == Subscriber.Status.UNSUBSCRIBED,
        "unsubscribe_token": tokens.make("unsubscribe", subscriber.id, subscriber.key),
    }
    return render(request, "subscriptions/letter_preferences.html", context)


@token_page
def pause_letters(request: HttpRequest, token: str) -> HttpResponse:
    """Take a POST of `until`, which begins a pause or makes it longer."""
    subscriber = find_subscriber("manage", token)
    if _is_looked_at_by_owner(request, subscriber):
        return redirect("subscriptions:pause")
    form = PauseForm(request.POST if request.method == "POST" else None, longer_than=subscriber.paused_until)
    if form.is_bound and form.is_valid():
        preferences.extend_pause(subscriber, form.cleaned_data["until"])
        return _redirect_back(token, "paused")
    back = reverse("subscriptions:letter-preferences", args=(token,))
    return render(request, "subscriptions/pause.html", {"form": form, "back": back})


@token_page
def request_account_link(request: HttpRequest, token: str) -> HttpResponse:
    """Mail the link that opens the account to the reader, by a button of the first page."""
    subscriber = find_subscriber("manage", token)
    if request.method != "POST":
        return redirect("subscriptions:letter-preferences", token)
    if rate_limits.allow_reader(subscriber.id, "link"):
        signup.request_own_link(subscriber)
    return redirect_to_sent("account")


@token_page
def request_deletion(request: HttpRequest, token: str) -> HttpResponse:
    """Mail the link that deletes everything to the reader."""
    subscriber = find_subscriber("manage", token)
    if request.method != "POST":
        back = reverse("subscriptions:letter-preferences", args=(token,))
        return render(request, "subscriptions/ask_delete.html", {"back": back})
    if rate_limits.allow_reader(subscriber.id, "delete"):
        deletion.request_deletion(subscriber)
    return redirect_to_sent("delete")


def _is_looked_at_by_owner(request: HttpRequest, subscriber: Subscriber) -> bool:
    return request.method != "POST" and remembered_browsers.find_subscriber(request) == subscriber


def _redirect_back(token: str, notice: str) -> HttpResponse:
    return redirect(f"{reverse('subscriptions:letter-preferences', args=(token,))}?notice={notice}")
