"""Counts requests and how long they take, by page, for /metrics, which adds up what all processes counted."""

from collections.abc import Callable
from time import perf_counter

from django.http import HttpRequest
from prometheus_client import CollectorRegistry, Counter, Histogram

from deploy.head_requests import Answer

# Other methods are counted as one: whoever asks can write what they like there.
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
BUCKETS_IN_SECONDS = (0.01, 0.05, 0.1, 0.25, 1, 5)

registry = CollectorRegistry()
REQUESTS = Counter("preprint_post_requests", "Requests.", ["page", "method", "status"], registry=registry)
SECONDS = Histogram(
    "preprint_post_request_seconds", "How long requests took.", ["page"], buckets=BUCKETS_IN_SECONDS, registry=registry
)


def count_requests(get_response: Callable[[HttpRequest], Answer]) -> Callable[[HttpRequest], Answer]:
    """Return the middleware. A page is known by the name of its address, so that nobody can make up new ones."""

    def middleware(request: HttpRequest) -> Answer:
        began = perf_counter()
        response = get_response(request)
        match = request.resolver_match
        page = (match.view_name or "unnamed") if match else "none"
        REQUESTS.labels(page, request.method if request.method in METHODS else "other", response.status_code).inc()
        SECONDS.labels(page).observe(perf_counter() - began)
        return response

    return middleware
