"""Finding who is due at a minute, and writing their rows."""

from datetime import datetime, timedelta
from typing import Any

from tests.benchmarks import population
from tests.benchmarks.measuring import Watch, measured

MINUTE = timedelta(minutes=1)


def due() -> dict[str, Any]:
    """The minute of a full hour, when some hours have come; nobody has a row yet. Their wishes are read, too."""
    population.set_up()
    from digest.models import Edition

    edition = Edition.objects.get(day=population.DAY)
    hour = _frozen_at(edition).replace(minute=0, second=0, microsecond=0) + timedelta(hours=5)
    found, seconds = _look(edition, looked_at=hour - MINUTE, now=hour)
    while not found:  # it is nobody's hour in the town
        hour += timedelta(hours=1)
        found, seconds = _look(edition, looked_at=hour - MINUTE, now=hour)
    return {"readers": found, "seconds": seconds}


def plan() -> dict[str, Any]:
    """A row for every reader. Afterwards a minute with nobody to find, and one that looks at everybody."""
    population.set_up()
    from django.utils import timezone

    from digest.models import Edition
    from digest.picking import planner

    edition, watch = Edition.objects.get(day=population.DAY), Watch()
    with measured(watch):
        planned = planner.plan_everyone(edition, timezone.now())
    _gathered()
    now = _frozen_at(edition) + timedelta(hours=30)
    quiet, everybody = _look(edition, looked_at=now - MINUTE, now=now), _look(edition, looked_at=None, now=now)
    assert (quiet[0], everybody[0]) == (0, 0)
    rows = planned.pending + planned.excluded.total()
    looks = {"quiet_seconds": quiet[1], "everybody_seconds": everybody[1]}
    return {**watch.figures(rows), "pending": planned.pending, **looks}


def _look(edition: Any, *, looked_at: datetime | None, now: datetime) -> tuple[int, float]:
    """How many were found, and in how many seconds."""
    from digest.picking import due_readers

    edition.looked_at = edition.planned_until = looked_at
    watch = Watch()
    with measured(watch):
        look = due_readers.search_due_readers(edition, now)
        found = sum(map(len, look.chunks())) if look else 0
    return found, round(watch.seconds, 4)


def _frozen_at(edition: Any) -> datetime:
    moment: datetime = edition.frozen_at
    return moment


def _gathered() -> None:
    """What a database does by itself within some minutes: count what its tables hold."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
