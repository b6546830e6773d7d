"""A subscriber's own pages, open in the browsers in which they used a mailed link, and the pages of single links."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from subscriptions import rate_limits
from subscriptions.exporting import collect_own_data
from subscriptions.forms import NewAddressForm, PauseForm, PreferencesForm
from subscriptions.links import remembered_browsers, tokens
from subscriptions.links.decorators import account_page
from subscriptions.links.lookup import find_address_change, find_changing_address, find_subscriber
from subscriptions.models import Subscriber
from subscriptions.services import address_change, deletion, preferences
from subscriptions.services.address_change import AddressTaken
from subscriptions.views.choice_buttons import change_choices
from subscriptions.views.link_pages import redirect_to_preferences, redirect_to_sent, token_page

NOTICES = ("saved", "moved", "paused", "resumed")


@require_http_methods(["GET", "HEAD", "POST"])
@account_page
def edit_preferences(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """Show what the reader chose, store what they change, or mend a filter without storing it."""
    if request.method != "POST":
        return _render_preferences(request, subscriber, PreferencesForm.showing(subscriber.preferences()))
    if (changed := change_choices(request.POST)) is not None:
        return _render_preferences(request, subscriber, PreferencesForm(changed))
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return _render_preferences(request, subscriber, form)
    preferences.change_preferences(subscriber, form.preferences(subscriber.preferences()))
    return redirect_to_preferences("saved")


@require_safe
@account_page
def export_data(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """Download everything that is kept about the reader, as JSON."""
    response = JsonResponse(collect_own_data(subscriber), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@account_page
def pause_letters(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """Take a POST of `until`, or of `resume`, which ends a pause and brings back somebody who left."""
    if "resume" in request.POST:
        preferences.resume(subscriber)
        return redirect_to_preferences("resumed")
    form = PauseForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        preferences.pause(subscriber, form.cleaned_data["until"])
        return redirect_to_preferences("paused")
    return render(request, "subscriptions/pause.html", {"form": form, "back": reverse("subscriptions:preferences")})


@require_http_methods(["GET", "HEAD", "POST"])
@account_page
def change_address(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """Ask for a new address and mail it a link that confirms it."""
    form = NewAddressForm(request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return render(request, "subscriptions/address.html", {"form": form, "subscriber": subscriber})
    email, wait = form.cleaned_data["email"], timedelta(0)
    if rate_limits.allow_reader(subscriber.id, "address") and rate_limits.allow_client(request):
        turn = rate_limits.take_turn(request, email)
        wait = address_change.request_address_change(subscriber, email, turn=turn)
    return redirect_to_sent("address", tidied=form.had_invisible_signs, wait=wait)


@token_page
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm a new address by a button. It opens no account: the address may have been mistyped."""
    subscriber = find_changing_address(token)
    if request.method != "POST":
        return render(request, "subscriptions/confirm_address.html", {"subscriber": subscriber})
    try:
        subscriber = address_change.confirm_address_change(token)
    except AddressTaken:
        context = {"subscriber": subscriber, "taken": True}
        return render(request, "subscriptions/confirm_address.html", context, status=409)
    if remembered_browsers.find_subscriber(request) == subscriber:
        return redirect_to_preferences("moved")
    return render(request, "subscriptions/confirm_address.html", {"subscriber": subscriber, "done": True})


@token_page
def restore_address(request: HttpRequest, token: str) -> HttpResponse:
    """Take a change of address back by a button behind the link in the notice to the old address."""
    find_address_change(token)
    if request.method != "POST":
        return render(request, "subscriptions/restore_address.html")
    try:
        address_change.restore_address(token)
    except AddressTaken:
        return render(request, "subscriptions/restore_address.html", {"taken": True}, status=409)
    return render(request, "subscriptions/restore_address.html", {"done": True})


@require_http_methods(["GET", "HEAD", "POST"])
@account_page
def request_deletion(request: HttpRequest, subscriber: Subscriber) -> HttpResponse:
    """Mail the link that deletes everything."""
    if request.method != "POST":
        return render(request, "subscriptions/ask_delete.html", {"back": reverse("subscriptions:preferences")})
    if rate_limits.allow_reader(subscriber.id, "delete"):
        deletion.request_deletion(subscriber)
    return redirect_to_sent("delete")


@token_page
def delete_data(request: HttpRequest, token: str) -> HttpResponse:
    """Delete everything by a button behind the mailed link."""
    if request.method != "POST":
        return render(request, "subscriptions/delete.html", {"subscriber": find_subscriber("delete", token)})
    deletion.delete(token)
    response = render(request, "subscriptions/deleted.html")
    remembered_browsers.forget(request, response)
    return response


def _render_preferences(request: HttpRequest, subscriber: Subscriber, form: PreferencesForm) -> HttpResponse:
    now = timezone.now()
    notice = request.GET.get("notice", "")
    context = {
        "subscriber": subscriber,
        "form": form,
        "notice": notice if notice in NOTICES and not form.is_bound else "",
        "is_paused": bool(subscriber.paused_until and subscriber.paused_until > now.date()),
        "is_unsubscribed": subscriber.status == Subscriber.Status.UNSUBSCRIBED,
        "unsubscribe_token": tokens.make("unsubscribe", subscriber.id, subscriber.key),
    }
    return render(request, "subscriptions/preferences.html", context)
