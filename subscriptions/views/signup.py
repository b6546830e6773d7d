"""The way in: the sign-up page, its confirmation, and the page that sends a link to the preferences."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from subscriptions import rate_limits
from subscriptions.forms import AddressForm, SignUpForm
from subscriptions.languages import page_language
from subscriptions.models import Subscriber
from subscriptions.services import signup
from subscriptions.views import form_choices
from subscriptions.views.link_pages import to_preferences, to_sent, token_page

INTERESTS = ("categories", "presets", "filters")
# Characters; servers refuse addresses not much longer.
LONGEST_LINK = 3000


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        # The preview links back with what was chosen there.
        return _home(request, SignUpForm(), request.GET)
    if "preview" in request.POST:
        return _to_preview(request.POST)
    if "edit" in request.POST:
        # Back from the preview of more than a link can hold.
        return _home(request, SignUpForm(), request.POST)
    form = SignUpForm(request.POST)
    if not form.is_valid():
        return _home(request, form, request.POST)
    _sign_up(request, form)
    return to_sent("confirm")


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    return render(request, "subscriptions/sent.html", {"what": request.GET.get("for", "confirm")})


@token_page
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    if request.method == "POST":
        return to_preferences(signup.confirm(token), "confirmed")
    subscriber = signup.confirming(token)
    already = subscriber.status == Subscriber.Status.ACTIVE
    return render(request, "subscriptions/confirm.html", {"subscriber": subscriber, "already": already})


@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest) -> HttpResponse:
    form = AddressForm(request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return render(request, "subscriptions/link.html", {"form": form})
    if rate_limits.may_ask(request):
        signup.request_link(form.cleaned_data["email"])
    return to_sent("link")


def _sign_up(request: HttpRequest, form: SignUpForm) -> None:
    if not form.cleaned_data["website"] and rate_limits.may_ask(request):
        signup.sign_up(form.cleaned_data["email"], form.profile())


def _home(request: HttpRequest, form: SignUpForm, chosen: QueryDict) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "email": request.POST.get("email", ""),
        "filters": chosen.get("filters", ""),
        "presets": form_choices.presets(chosen.getlist("presets")),
        "groups": form_choices.category_groups(chosen.getlist("categories")),
        "languages": form_choices.languages(chosen.get("language", page_language())),
    }
    return render(request, "subscriptions/home.html", context)


def _to_preview(posted: QueryDict) -> HttpResponse:
    """The interests only, as an address has no business in a link. What no link can hold is posted there once more."""
    query = QueryDict(mutable=True)
    for name in INTERESTS:
        query.setlist(name, posted.getlist(name))
    link = f"{reverse('digest:preview')}?{query.urlencode()}"
    if len(link) <= LONGEST_LINK:
        return HttpResponseRedirect(link)
    return HttpResponse(status=307, headers={"Location": reverse("digest:preview")})
