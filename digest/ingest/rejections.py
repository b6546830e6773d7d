"""Records the entries that could not be stored, and why, for the operator to see."""

from collections.abc import Sequence
from datetime import date

from digest.domain import Malformed
from digest.models import Rejection
from digest.sources.validation import clean_text


def record_rejections(malformed: Sequence[Malformed], day: date, source: str, category: str = "") -> None:
    """Record rejections, the same complaint about the same place once. Excerpts are cleaned."""
    Rejection.objects.bulk_create(
        [
            Rejection(
                day=day,
                category=category,
                source=clean_text(source)[:200],
                where=clean_text(entry.where)[:200],
                reason=clean_text(entry.reason)[:300],
                excerpt=clean_text(entry.excerpt)[:200],
            )
            for entry in malformed
        ],
        ignore_conflicts=True,
    )
