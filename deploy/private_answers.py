"""Tells caches between us and a browser that an answer with a form of its own is for this browser alone."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control


def mark_private_answers(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Return the middleware. It stands behind the one for forms, which forgets in the end that a token was made."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.META.get("CSRF_COOKIE_NEEDS_UPDATE") and not response.has_header("Cache-Control"):
            # Kept by the browser to go back to, with what was typed.
            patch_cache_control(response, private=True, no_cache=True)
        return response

    return middleware
