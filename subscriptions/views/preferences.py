"""A subscriber's own page, opened by a signed link instead of a password, and the pages below it."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from subscriptions import rate_limits
from subscriptions.exporting import collect_own_data
from subscriptions.forms import NewAddressForm, PauseForm, PreferencesForm
from subscriptions.links import tokens
from subscriptions.links.lookup import find_changing_address, find_subscriber
from subscriptions.models import Subscriber
from subscriptions.services import address_change, deletion, preferences
from subscriptions.services.address_change import AddressTaken
from subscriptions.views.link_pages import redirect_to_preferences, redirect_to_sent, token_page
from subscriptions.views.next_letter import describe_next_letter

NOTICES = ("saved", "confirmed", "moved", "paused", "resumed")


@token_page
def edit_preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the owner of the link chose, and store what they change."""
    subscriber = find_subscriber("manage", token)
    if request.method != "POST":
        return _render_preferences(request, token, subscriber, PreferencesForm.showing(subscriber.preferences()))
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return _render_preferences(request, token, subscriber, form)
    preferences.change_preferences(subscriber, form.preferences())
    return redirect_to_preferences(subscriber, "saved")


@token_page
def export_data(request: HttpRequest, token: str) -> HttpResponse:
    """Download everything that is kept about the owner of the link, as JSON."""
    response = JsonResponse(
        collect_own_data(find_subscriber("manage", token)), json_dumps_params={"ensure_ascii": False, "indent": 2}
    )
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@token_page
def pause_letters(request: HttpRequest, token: str) -> HttpResponse:
    """Take a POST of `until`, or of `resume`, which ends a pause and brings back somebody who left."""
    subscriber = find_subscriber("manage", token)
    if "resume" in request.POST:
        preferences.resume(subscriber)
        return redirect_to_preferences(subscriber, "resumed")
    form = PauseForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        preferences.pause(subscriber, form.cleaned_data["until"])
        return redirect_to_preferences(subscriber, "paused")
    context = {"form": form, "token": token, "subscriber": subscriber}
    return render(request, "subscriptions/pause.html", context)


@token_page
def change_address(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for a new address and mail it a link that confirms it."""
    subscriber = find_subscriber("manage", token)
    form = NewAddressForm(request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        context = {"form": form, "token": token, "subscriber": subscriber}
        return render(request, "subscriptions/address.html", context)
    if rate_limits.allow_subscriber(subscriber.id) and rate_limits.allow_client(request):
        address_change.request_address_change(subscriber, form.cleaned_data["email"])
    return redirect_to_sent("address", tidied=form.had_invisible_signs)


@token_page
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm a new address by a button."""
    subscriber = find_changing_address(token)
    if request.method != "POST":
        return render(request, "subscriptions/confirm_address.html", {"subscriber": subscriber})
    try:
        return redirect_to_preferences(address_change.confirm_address_change(token), "moved")
    except AddressTaken:
        context = {"subscriber": subscriber, "taken": True}
        return render(request, "subscriptions/confirm_address.html", context, status=409)


@token_page
def request_deletion(request: HttpRequest, token: str) -> HttpResponse:
    """Mail the link that deletes everything."""
    subscriber = find_subscriber("manage", token)
    if request.method != "POST":
        return render(request, "subscriptions/ask_delete.html", {"subscriber": subscriber, "token": token})
    if rate_limits.allow_subscriber(subscriber.id):
        deletion.request_deletion(subscriber)
    return redirect_to_sent("delete")


@token_page
def delete_data(request: HttpRequest, token: str) -> HttpResponse:
    """Delete everything by a button behind the mailed link."""
    if request.method != "POST":
        return render(request, "subscriptions/delete.html", {"subscriber": find_subscriber("delete", token)})
    deletion.delete(token)
    return render(request, "subscriptions/deleted.html")


def _render_preferences(
    request: HttpRequest, token: str, subscriber: Subscriber, form: PreferencesForm
) -> HttpResponse:
    now = timezone.now()
    notice = request.GET.get("notice", "")
    unsubscribe_token = tokens.make("unsubscribe", subscriber.id, subscriber.key)
    feedback_token = tokens.make("feedback", subscriber.id, subscriber.epoch)
    context = {
        "token": token,
        "subscriber": subscriber,
        "form": form,
        "notice": notice if notice in NOTICES and not form.is_bound else "",
        "next_letter": describe_next_letter(subscriber, now),
        "is_paused": bool(subscriber.paused_until and subscriber.paused_until > now.date()),
        "is_unsubscribed": subscriber.status == Subscriber.Status.UNSUBSCRIBED,
        "unsubscribe_token": unsubscribe_token,
        "feedback_token": feedback_token,
    }
    return render(request, "subscriptions/preferences.html", context)
