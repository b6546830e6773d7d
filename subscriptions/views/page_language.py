"""The link at the foot of each page that shows the site in another language."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from subscriptions.page_language import LANGUAGE_COOKIE_DAYS


@never_cache
@require_safe
def switch_language(request: HttpRequest, code: str) -> HttpResponse:
    """Remember the language in this browser, and go back to the page from which the link was followed.

    That page is known by the Referer, not by a parameter: addresses of private pages stay out of addresses.
    """
    if code not in dict(settings.LANGUAGES):
        raise Http404(_("There are no pages in this language."))
    came_from = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        came_from, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    page = urlsplit(came_from)._replace(scheme="", netloc="").geturl() if is_ours else ""
    # A path of two slashes would be another host.
    response = redirect(page if page.startswith("/") and not page.startswith("//") else reverse("subscriptions:home"))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=LANGUAGE_COOKIE_DAYS * 86_400,
        secure=settings.CSRF_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response
