"""Keeps what could not be taken in, and why, for the operator to see."""

from collections.abc import Sequence
from datetime import date

from digest.domain import Malformed
from digest.models import Rejection
from digest.sources.validation import clean


def note(malformed: Sequence[Malformed], day: date, source: str, category: str = "") -> None:
    """The same complaint about the same place is kept once. Excerpts are cleaned: they come from anywhere."""
    Rejection.objects.bulk_create(
        [
            Rejection(
                day=day,
                category=category,
                source=clean(source)[:200],
                where=clean(entry.where)[:200],
                reason=clean(entry.reason)[:300],
                excerpt=clean(entry.excerpt)[:200],
            )
            for entry in malformed
        ],
        ignore_conflicts=True,
    )
