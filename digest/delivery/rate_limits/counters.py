"""The rows that count letters: one per domain, and one without a name for all letters."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet

from digest.models import Pace

# The name under which all letters are counted.
ALL_LETTERS = ""
COUNTER_RETENTION = timedelta(days=2)
# The window of a counter that was never used.
NEVER_COUNTED = datetime(1970, 1, 1, tzinfo=UTC)


def lock_counters(names: Iterable[str]) -> dict[str, Pace]:
    """Lock the counters until the transaction ends, in one order, so that two workers never wait for each other.

    Those that are missing are made.
    """
    wanted = set(names)
    while True:
        rows = {row.name: row for row in Pace.objects.select_for_update().filter(name__in=wanted).order_by("name")}
        if rows.keys() == wanted:
            return rows
        create_counters(sorted(wanted - rows.keys()))


def lock_counter(name: str) -> Pace:
    return lock_counters([name])[name]


def create_counters(names: Iterable[str]) -> None:
    Pace.objects.bulk_create([Pace(name=name, window=NEVER_COUNTED) for name in names], ignore_conflicts=True)


def find_old_counters(now: datetime) -> QuerySet[Pace]:
    """Return the counters that are no longer needed."""
    since = now - COUNTER_RETENTION
    still_known = Q(rest_until__gt=since) | Q(throttled_at__gt=since) | Q(connections_at__gt=since)
    return Pace.objects.filter(window__lt=since).exclude(still_known)
