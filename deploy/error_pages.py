"""The pages for errors: Django's own, for a request too whose form cannot be read.

Django's look for a token in the form; over one that cannot be read, the page would be an error of ours in its place.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import Resolver404, resolve
from django.views import defaults

from deploy.readable_requests import FORM_ERRORS

Page = Callable[..., HttpResponse]


def without_unreadable_form(page: Page) -> Page:
    """Return *page*, which is then given a request without its form where that cannot be read."""

    @wraps(page)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            request.POST  # noqa: B018 - it is parsed when it is first asked for
        except FORM_ERRORS:
            request.POST = QueryDict()
        return page(request, *args, **kwargs)

    return wrapped


show_bad_request = without_unreadable_form(defaults.bad_request)
show_forbidden = without_unreadable_form(defaults.permission_denied)
show_not_found = without_unreadable_form(defaults.page_not_found)
show_our_mistake = without_unreadable_form(defaults.server_error)


class ShowOwnNotFound:
    """Middleware for DEBUG, the last one: shows the page for what is not found, as without DEBUG."""

    def __init__(self, get_response: Page) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            resolve(request.path_info)
        except Resolver404 as error:
            return show_not_found(request, error)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return show_not_found(request, error) if isinstance(error, Http404) else None
