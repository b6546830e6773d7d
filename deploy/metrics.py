"""The page /metrics, as Prometheus reads it: the state of the letters, papers, models and queues, and all requests.

Whoever asks shows METRICS_TOKEN as a bearer token (https://prometheus.io/docs/prometheus/latest/configuration/
configuration/#scrape_config, `authorization`). To everybody else, and while it is not set, there is no such page.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from django.conf import settings
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from deploy import request_counts
from deploy.broker_connection import count_queued
from digest.alarms.watch import find_alarms
from digest.delivery.overdue import find_longest_wait
from digest.ingest.ledger import BROKEN_VERDICT
from digest.models import Delivery, Edition, LedgerLine, Missing, Run
from digest.signals import collect
from digest.summaries.llm.budget import count_calls, sum_spending
from subscriptions.models import Subscriber

# Of so many days the letters and the papers are told.
DAYS = 3


@require_safe
def show_metrics(request: HttpRequest) -> HttpResponse:
    """Return everything in Prometheus's text format."""
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not constant_time_compare(shown, settings.METRICS_TOKEN):
        raise Http404
    registry = CollectorRegistry()
    registry.register(StoredNumbers(timezone.now()))
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        requests = b""
    else:
        requests = generate_latest(request_counts.registry)
    return HttpResponse(
        generate_latest(registry) + requests, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"}
    )


class StoredNumbers(Collector):
    """Reads the numbers from the database and the broker when they are asked for."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        yield from self._letters()
        yield from self._papers()
        yield from self._models()
        counted = Subscriber.objects.values_list("status").annotate(Count("pk")).order_by("status")
        readers = (((status,), number) for status, number in counted)
        yield _gauge("readers", "Subscribers by status.", ["status"], readers)
        yield _gauge("alarms", "What needs the operator and is not over.", [], [((), find_alarms().count())])
        queued = (((queue,), number) for queue, number in count_queued().items())
        yield _gauge("queued_tasks", "Tasks that wait in the broker.", ["queue"], queued)

    def _letters(self) -> Iterator[Metric]:
        editions = list(Edition.objects.order_by("-day")[:DAYS])
        rows = Delivery.objects.filter(edition__in=editions).values_list("edition__day", "state")
        counted = rows.annotate(Count("pk")).order_by("edition__day", "state")
        yield _gauge(
            "letters",
            "Letters of the newest editions by state.",
            ["day", "state"],
            (((str(day), state), number) for day, state, number in counted),
        )
        seconds = find_longest_wait(self.now).total_seconds()
        yield _gauge("oldest_waiting_letter_seconds", "How late the oldest open letter is.", [], [((), seconds)])
        paused = sum(edition.paused for edition in editions)
        yield _gauge("paused_editions", "Of the newest editions, those that are paused.", [], [((), paused)])

    def _papers(self) -> Iterator[Metric]:
        days = list(LedgerLine.objects.order_by("-day").values_list("day", flat=True).distinct()[:DAYS])
        lines = list(LedgerLine.objects.filter(day__in=days).order_by("day", "category"))
        numbers = (((str(line.day), line.category), line.stored) for line in lines)
        yield _gauge("papers", "Papers stored, by day and category.", ["day", "category"], numbers)
        broken = sum(line.verdict == BROKEN_VERDICT for line in lines)
        yield _gauge("broken_listings", "Listings of those days whose source failed.", [], [((), broken)])
        failures = Counter({"arxiv": broken}) + Counter(_find_failed_signals(days))
        counts = (((source,), failures[source]) for source in ("arxiv", *collect.SERVICES))
        text = "Of those days, the listings or days that a source failed to give."
        yield _gauge("source_failures", text, ["source"], counts)
        missing = Missing.objects.filter(resolved_at=None).count()
        yield _gauge("missing_papers", "Papers that a listing names and nobody could read.", [], [((), missing)])

    def _models(self) -> Iterator[Metric]:
        spent = sum_spending(self.now)
        costs = (((name,), sums["cost"]) for name, sums in spent.items())
        yield _gauge("model_cost_dollars", "What models cost this day and month, UTC.", ["in"], costs)
        tokens = (((name,), sums["tokens"]) for name, sums in spent.items())
        yield _gauge("model_tokens", "Tokens of models this day and month, UTC.", ["in"], tokens)
        calls = count_calls(self.now)
        asked = (((name, state), count) for name, counts in calls.items() for state, count in counts.items())
        yield _gauge("model_calls", "Calls of models this day and month, UTC, by outcome.", ["in", "state"], asked)


def _find_failed_signals(days: Sequence[date]) -> Iterator[str]:
    """Yield the name of each service once for each of *days* on which the last run that asked it got no answer."""
    runs = Run.objects.filter(day__in=days, report__has_key="signals").order_by("started_at")
    last = {day: signals for day, signals in runs.values_list("day", "report__signals") if signals}
    for signals in last.values():
        yield from (name for name, outcome in signals.items() if isinstance(outcome, str))


def _gauge(name: str, text: str, labels: list[str], values: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    gauge = GaugeMetricFamily(f"preprint_post_{name}", text, labels=labels)
    for given, value in values:
        gauge.add_metric(given, value)
    return gauge
