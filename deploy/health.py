"""Answers /healthz (this process serves) and /readyz (what it needs is there), before anything else looks at a request.

So a probe needs neither the site's host name nor https, and is not sent on. The answers tell a stranger nothing but
which part is missing.
"""

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import NamedTuple

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from kombu.exceptions import KombuError

from deploy.broker_connection import open_broker
from deploy.head_requests import Answer

# Probes of many kinds and strangers together cost one look in so many seconds.
SECONDS_BETWEEN_LOOKS = 2.0


class Part(NamedTuple):
    """Something that the website needs, and what is wrong with it: nothing, or what to do."""

    name: str
    problem: str


class HealthPages:
    """The middleware. It stands before all that look at the host name or at https."""

    def __init__(self, get_response: Callable[[HttpRequest], Answer]) -> None:
        self._get_response = get_response
        self._lock = Lock()
        self._looked_at = -SECONDS_BETWEEN_LOOKS
        self._parts: list[Part] = []

    def __call__(self, request: HttpRequest) -> Answer:
        if request.path not in ("/healthz", "/readyz"):
            return self._get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = HttpResponse("ok\n", content_type="text/plain") if request.path == "/healthz" else self._readiness()
        response["Cache-Control"] = "no-store"
        return response

    def _readiness(self) -> HttpResponse:
        with self._lock:
            if monotonic() - self._looked_at >= SECONDS_BETWEEN_LOOKS:
                self._parts = find_missing_parts()
                self._looked_at = monotonic()
            problems = {part.name: part.problem for part in self._parts}
        return JsonResponse({"ready": not problems, "problems": problems}, status=503 if problems else 200)


def find_missing_parts() -> list[Part]:
    """Return the parts that the website cannot do without and that are not there, with what to do."""
    parts = [Part("database", check_database()), Part("static", check_static_files()), Part("broker", check_broker())]
    return [part for part in parts if part.problem]


def check_database() -> str:
    """Return what is wrong with the database: it cannot be reached, or is older than this code."""
    try:
        return "It is older than this code: run `manage.py migrate`." if lacks_migrations() else ""
    except DatabaseError:
        return "It cannot be reached."


def lacks_migrations() -> bool:
    """Return whether the database is older than this code. Raises DatabaseError."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def check_static_files() -> str:
    """Return whether the style sheet is missing where pages look for it. With DEBUG it is read from the sources."""
    if settings.DEBUG or (settings.STATIC_ROOT / "site.css").is_file():
        return ""
    return "They were not collected: run `manage.py collectstatic --no-input`."


def check_broker() -> str:
    """Return whether the broker cannot be reached."""
    try:
        with open_broker():
            return ""
    except (OSError, KombuError):
        return "It cannot be reached."
