"""Throttles tries to log in to the admin, in such a way that no stranger can lock an operator out.

Tries are counted by the network that they come from, never by user name. A browser in which the operator has logged in
before has a cookie that says so, and its tries are counted apart: a stranger in the same network takes nothing from it.
https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare, get_random_string, salted_hmac
from django.utils.translation import gettext as _

from subscriptions import rate_limits
from subscriptions.client_networks import find_client_networks

BROWSER_COOKIE = "operator_browser"
BROWSER_KNOWN_FOR = timedelta(days=365)


class LogInForm(AdminAuthenticationForm):
    """Django's form, which looks at no password of a visitor who has tried too many."""

    def clean(self) -> dict[str, Any]:
        if self.request is None or not rate_limits.allow_log_in(
            find_visitors(self.request, str(self.cleaned_data.get("username", "")))
        ):
            raise ValidationError(_("Too many tries. Please wait a quarter of an hour."), code="throttled")
        return super().clean()


def find_visitors(request: HttpRequest, username: str) -> tuple[str, ...]:
    """Return by what tries are counted: the browser if this operator has logged in there before, else the networks.

    Where no network can be told it is whoever speaks to us, perhaps a proxy: passwords are never guessed without limit.
    """
    cookie: str | None = request.get_signed_cookie(
        BROWSER_COOKIE, default="", salt=__name__, max_age=int(BROWSER_KNOWN_FOR.total_seconds())
    )
    browser, _separator, operator = (cookie or "").partition(" ")
    if browser and constant_time_compare(operator, _digest(username)):
        return (f"browser {browser}",)
    return find_client_networks(request) or (f"peer {request.META.get('REMOTE_ADDR', '')}",)


def remember_browser(response: HttpResponse, username: str) -> None:
    """Have the browser show from now on that this operator has logged in there."""
    response.set_signed_cookie(
        BROWSER_COOKIE,
        f"{get_random_string(16)} {_digest(username)}",
        salt=__name__,
        max_age=BROWSER_KNOWN_FOR,
        path=reverse("admin:index"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _digest(username: str) -> str:
    return salted_hmac(__name__, username).hexdigest()
