"""The latest signals of many papers at once."""

from collections import defaultdict
from collections.abc import Mapping

from django.db.models import QuerySet

from digest.models import Paper, Signal


def latest_signals(papers: QuerySet[Paper]) -> Mapping[int, Mapping[str, int]]:
    """Return by paper id, then by kind, the value observed last. One query; papers without signals are left out."""
    rows = Signal.objects.filter(paper__in=papers.values("pk")).order_by("observed_at", "pk")
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for paper_id, kind, value in rows.values_list("paper_id", "kind", "value").iterator():
        found[paper_id][kind] = value
    return dict(found)
