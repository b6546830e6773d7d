"""The page that tells people how to use the API. It shows what the API's own document says."""

from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from digest.web.api.openapi import describe_api
from subscriptions import rate_limits
from subscriptions.page_cache import public_page


class Parameter(NamedTuple):
    name: str
    description: str
    is_required: bool
    # The values it may have, if they are few.
    choices: tuple[str, ...]


class Endpoint(NamedTuple):
    path: str
    summary: str
    parameters: tuple[Parameter, ...]


# Longer lists of values are left to the document.
MAX_CHOICES = 10


@require_safe
@public_page()
def show_api(request: HttpRequest) -> HttpResponse:
    limit = rate_limits.API_REQUESTS_PER_CLIENT
    context = {
        "endpoints": list_endpoints(),
        "requests": limit.letters,
        "minutes": int(limit.window.total_seconds() // 60),
    }
    return render(request, "digest/api.html", context)


def list_endpoints() -> list[Endpoint]:
    """Return what the document says of each endpoint, in the language of the page."""
    paths: Any = describe_api()["paths"]
    return [
        Endpoint(
            f"/api/v1{path}", operations["get"]["summary"], tuple(map(_read_parameter, operations["get"]["parameters"]))
        )
        for path, operations in paths.items()
    ]


def _read_parameter(parameter: dict[str, Any]) -> Parameter:
    choices = tuple(parameter["schema"].get("enum", ()))
    return Parameter(
        parameter["name"],
        parameter["description"],
        parameter["required"],
        choices if len(choices) <= MAX_CHOICES else (),
    )
