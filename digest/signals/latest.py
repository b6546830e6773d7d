"""The latest signals of many papers at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from django.db.models import Min, QuerySet

from digest.models import Paper, Signal

SECONDS_PER_HOUR = 3600


@dataclass(slots=True)
class ObservedSignals:
    """What was observed of a paper last."""

    # By kind.
    values: dict[str, int] = field(default_factory=dict)
    # Whole hours from the paper's first announcement to the last observation.
    hours: int = 0


# Of a paper without signals.
NOTHING_OBSERVED = ObservedSignals()


def latest_signals(papers: QuerySet[Paper]) -> Mapping[int, ObservedSignals]:
    """Return what was observed last by paper id. One query; papers without signals are left out."""
    signals = Signal.objects.filter(paper__in=papers.values("pk")).order_by("observed_at", "pk")
    rows = signals.values_list("paper_id", "kind", "value", "observed_at")
    found: dict[int, ObservedSignals] = {}
    for paper_id, kind, value, observed_at, first_day in rows.annotate(Min("paper__versions__announcements__day")):
        observed = found.setdefault(paper_id, ObservedSignals())
        observed.values[kind] = value
        if first_day is not None:
            observed.hours = hours_since_announcement(first_day, observed_at)
    return found


def hours_since_announcement(day: date, observed_at: datetime) -> int:
    """Return the whole hours since *day* began in UTC, at least 0: arXiv announces papers in the evening before."""
    seconds = (observed_at - datetime.combine(day, time(), UTC)).total_seconds()
    return max(0, int(seconds // SECONDS_PER_HOUR))
