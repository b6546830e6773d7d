"""A person's own page, opened by a signed link instead of a password, and the pages below it."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from subscriptions import rate_limits
from subscriptions.exporting import own_data
from subscriptions.forms import AddressForm, PauseForm, PreferencesForm
from subscriptions.links import tokens
from subscriptions.links.lookup import holder
from subscriptions.models import Subscriber
from subscriptions.preferences import Profile, profile_of
from subscriptions.services import signup
from subscriptions.services.signup import AddressTaken
from subscriptions.views import form_choices, next_letter
from subscriptions.views.link_pages import to_preferences, to_sent, token_page

NOTICES = ("saved", "confirmed", "moved", "paused", "resumed")


@token_page
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    subscriber = holder("manage", token)
    if request.method != "POST":
        return _preferences(request, token, subscriber, PreferencesForm(), _initial(profile_of(subscriber)))
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return _preferences(request, token, subscriber, form, _posted(request))
    signup.change_preferences(subscriber, form.profile())
    return to_preferences(subscriber, "saved")


@token_page
def export(request: HttpRequest, token: str) -> HttpResponse:
    response = JsonResponse(own_data(holder("manage", token)), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@token_page
def pause(request: HttpRequest, token: str) -> HttpResponse:
    """POST `until`, or `resume` to end a pause; somebody who left comes back by it too."""
    subscriber = holder("manage", token)
    if "resume" in request.POST:
        signup.resume(subscriber)
        return to_preferences(subscriber, "resumed")
    form = PauseForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        signup.pause(subscriber, form.cleaned_data["until"])
        return to_preferences(subscriber, "paused")
    context = {"form": form, "token": token, "subscriber": subscriber}
    return render(request, "subscriptions/pause.html", context)


@token_page
def address(request: HttpRequest, token: str) -> HttpResponse:
    subscriber = holder("manage", token)
    form = AddressForm(request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        context = {"form": form, "token": token, "subscriber": subscriber}
        return render(request, "subscriptions/address.html", context)
    if rate_limits.person_may(subscriber.id) and rate_limits.may_ask(request):
        signup.request_address_change(subscriber, form.cleaned_data["email"])
    return to_sent("address")


@token_page
def confirm_address(request: HttpRequest, token: str) -> HttpResponse:
    subscriber = signup.changing_address(token)
    if request.method != "POST":
        return render(request, "subscriptions/confirm_address.html", {"subscriber": subscriber})
    try:
        return to_preferences(signup.confirm_address_change(token), "moved")
    except AddressTaken:
        context = {"subscriber": subscriber, "taken": True}
        return render(request, "subscriptions/confirm_address.html", context, status=409)


@token_page
def ask_delete(request: HttpRequest, token: str) -> HttpResponse:
    subscriber = holder("manage", token)
    if request.method != "POST":
        return render(request, "subscriptions/ask_delete.html", {"subscriber": subscriber, "token": token})
    if rate_limits.person_may(subscriber.id):
        signup.request_deletion(subscriber)
    return to_sent("delete")


@token_page
def delete(request: HttpRequest, token: str) -> HttpResponse:
    if request.method != "POST":
        return render(request, "subscriptions/delete.html", {"subscriber": holder("delete", token)})
    signup.delete(token)
    return render(request, "subscriptions/deleted.html")


def _preferences(
    request: HttpRequest,
    token: str,
    subscriber: Subscriber,
    form: PreferencesForm,
    chosen: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    notice = request.GET.get("notice", "")
    context = {
        "token": token,
        "subscriber": subscriber,
        "form": form,
        "notice": notice if notice in NOTICES and not form.is_bound else "",
        "next_letter": next_letter.next_letter(subscriber, timezone.now()),
        "paused": bool(subscriber.paused_until and subscriber.paused_until > timezone.now().date()),
        "left": subscriber.status == Subscriber.Status.UNSUBSCRIBED,
        "unsubscribe": _unsubscribe_path(subscriber),
        "saved": reverse("digest:saved", args=(tokens.make("feedback", subscriber.id, subscriber.epoch),)),
        **_offered(chosen),
    }
    return render(request, "subscriptions/preferences.html", context, status=status)


def _offered(chosen: dict[str, Any]) -> dict[str, object]:
    return {
        "filters": chosen["filters"],
        "papers": chosen["papers"],
        "minimum": chosen["minimum"],
        "groups": form_choices.category_groups(chosen["categories"]),
        "languages": form_choices.languages(chosen["language"]),
        "zones": form_choices.zones(chosen["timezone"]),
        "hours": form_choices.hours(chosen["hour"]),
        "days": form_choices.days(chosen["days"]),
        "details": form_choices.details(chosen["detail"]),
    }


def _initial(profile: Profile) -> dict[str, Any]:
    """What the page shows at first, as texts: the same shape as `_posted`."""
    return {
        "categories": profile.categories,
        "filters": "\n".join(profile.filters),
        "language": profile.language,
        "timezone": profile.timezone,
        "hour": str(profile.hour),
        "days": [str(number) for number in range(1, 8) if profile.days >> number - 1 & 1],
        "papers": str(profile.papers),
        "minimum": str(profile.minimum),
        "detail": profile.detail,
    }


def _posted(request: HttpRequest) -> dict[str, Any]:
    many = {name: request.POST.getlist(name) for name in ("categories", "days")}
    names = ("filters", "language", "timezone", "hour", "papers", "minimum", "detail")
    return {**{name: request.POST.get(name, "") for name in names}, **many}


def _unsubscribe_path(subscriber: Subscriber) -> str:
    return reverse("subscriptions:unsubscribe", args=(tokens.make("unsubscribe", subscriber.id, subscriber.key),))
