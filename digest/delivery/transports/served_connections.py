"""How many connections the mail server was seen to serve at once. All workers share it, and forget it after an hour.

A server that greets only some connections, or lets one hang later, costs seconds: once, and not in every drain.
"""

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.db.models import Case, Value, When

from digest.delivery.rate_limits.counters import ALL_LETTERS, create_counters
from digest.infra.database_retry import retry_on_disconnect
from digest.models import Pace

log = logging.getLogger(__name__)

CONNECTIONS_MEMORY = timedelta(hours=1)
# A server that greeted nobody may be well again soon.
SILENCE_MEMORY = timedelta(minutes=10)


def recall(now: datetime) -> int | None:
    """Return how many connections the server served lately; 0 where it greeted none, None where all went well."""
    since = Case(When(connections=0, then=Value(now - SILENCE_MEMORY)), default=Value(now - CONNECTIONS_MEMORY))
    known = Pace.objects.filter(name=ALL_LETTERS, connections_at__gt=since, connections_at__lte=now)
    return retry_on_disconnect(lambda: known.values_list("connections", flat=True).first())


def remember(served: int, now: datetime) -> None:
    """Remember that the server serves only so many. Where the database is away the next drain finds it out again."""

    def write() -> None:
        create_counters([ALL_LETTERS])
        Pace.objects.filter(name=ALL_LETTERS).update(connections=served, connections_at=now)

    try:
        retry_on_disconnect(write)
    except DatabaseError as error:
        log.warning("The mail server serves %d connections at once; that was not written down: %s", served, error)
