"""The sign-up page, its confirmation, and the page that mails a link to the account."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from subscriptions import rate_limits, validators
from subscriptions.email import outage
from subscriptions.forms import AddressForm, SignUpForm, TimezoneForm
from subscriptions.links import remembered_browsers
from subscriptions.models import Subscriber
from subscriptions.page_cache import public_page
from subscriptions.page_language import page_language
from subscriptions.services import pending_preferences, signup
from subscriptions.signals import sign_up_shown
from subscriptions.views.choice_buttons import change_choices
from subscriptions.views.link_pages import redirect_to_sent, token_page

# Longer waits are told in hours.
MAX_SHOWN_MINUTES = 100
MAX_DIGITS_OF_WAIT = 6


@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """Show the front page with the letter for what was chosen, change a choice by one of its buttons, or sign up."""
    if request.method != "POST":
        if not request.GET:
            return _show_front_page(request)
        # Links hold interests, and no address.
        chosen = request.GET.copy()
        chosen.pop("email", None)
        return _render_sign_up(request, chosen)
    if (changed := change_choices(request.POST)) is not None:
        return _render_sign_up(request, changed)
    form = SignUpForm(request.POST)
    if not form.is_valid():
        return _render_sign_up(request, request.POST, form)
    email, wait = form.cleaned_data["email"], timedelta(0)
    if not form.cleaned_data["website"] and rate_limits.allow_client(request):
        turn = rate_limits.take_turn(request, email)
        wait = signup.sign_up(email, form.preferences(), likes=form.cleaned_data["likes"], turn=turn)
    return redirect_to_sent("confirm", tidied=form.had_invisible_signs, wait=wait)


@require_safe
def show_sent(request: HttpRequest) -> HttpResponse:
    """Tell that a letter is on its way, or will be late: the same to everybody at a domain, known or not."""
    asked = request.GET.get("wait", "")
    minutes = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < MAX_DIGITS_OF_WAIT else 0
    context = {
        "letter": request.GET.get("for", "confirm"),
        "is_tidied": request.GET.get("tidied") == "1",
        "is_mail_late": outage.find_outage() is not None,
        "minutes": minutes if minutes < MAX_SHOWN_MINUTES else 0,
        "hours": -(-minutes // 60) if minutes >= MAX_SHOWN_MINUTES else 0,
    }
    return render(request, "subscriptions/sent.html", context)


@token_page
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm a sign-up by a button, because mail scanners follow links, and open the account in this browser.

    The link is valid for days. Once it has confirmed, it opens nothing any more: the letter may have been forwarded.
    """
    subscriber = signup.find_confirming(token)
    if subscriber.status == Subscriber.Status.ACTIVE:
        return render(request, "subscriptions/confirm.html", {"already": True})
    chosen = pending_preferences.newest_columns(subscriber)
    form = TimezoneForm(request.POST if "timezone" in request.POST else None, initial={"timezone": chosen["timezone"]})
    if request.method != "POST" or (form.is_bound and not form.is_valid()):
        context = {"subscriber": subscriber, "form": form, "hour": f"{chosen['hour']:02}:00"}
        return render(request, "subscriptions/confirm.html", context)
    response = HttpResponseRedirect(reverse("digest:welcome"))
    zone = form.cleaned_data["timezone"] if form.is_bound else ""
    remembered_browsers.remember(request, response, signup.confirm(token, zone=zone))
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def request_link(request: HttpRequest) -> HttpResponse:
    """Mail the link that opens the account to whoever asks with their address."""
    form = AddressForm(request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return render(request, "subscriptions/link.html", {"form": form})
    email, wait = form.cleaned_data["email"], timedelta(0)
    if rate_limits.allow_client(request):
        wait = signup.request_link(email, turn=rate_limits.take_turn(request, email))
    return redirect_to_sent("link", tidied=form.had_invisible_signs, wait=wait)


@public_page(has_form=True)
def _show_front_page(request: HttpRequest) -> HttpResponse:
    return _render_sign_up(request, request.GET)


def _render_sign_up(request: HttpRequest, chosen: QueryDict, form: SignUpForm | None = None) -> HttpResponse:
    """Show the page with what was *chosen*, without checking it unless it stands in a *form* already."""
    letters: Sequence[tuple[object, Any]] = sign_up_shown.send(sender=None, request=request, interests=chosen)
    letter: dict[str, object] = letters[0][1] if letters else {}
    context = {"form": form or _unsent_form(chosen), "letter": letter}
    return render(request, "subscriptions/home.html", context)


def _unsent_form(chosen: QueryDict) -> SignUpForm:
    initial: dict[str, object] = {
        "email": chosen.get("email", ""),
        "find": chosen.get("find", ""),
        "filters": chosen.get("filters", ""),
        "presets": chosen.getlist("presets"),
        "categories": chosen.getlist("categories"),
        "likes": validators.clean_liked_papers(chosen.getlist("likes")),
        "language": chosen.get("language", page_language()),
        "timezone": chosen.get("timezone", ""),
    }
    return SignUpForm(initial=initial)
