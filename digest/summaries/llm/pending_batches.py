"""Finds the summaries that batches will bring, so that they are not paid for a second time."""

from datetime import timedelta

from django.utils import timezone

from digest.models import ModelCall
from digest.summaries.store import SummaryKey

# A service may take so long for a batch. Summaries that have not come by then are requested in another way.
MAX_BATCH_AGE = timedelta(days=1)


def find_pending_summaries() -> set[SummaryKey]:
    """Return the summaries that a recent batch was asked for and has not brought."""
    recent = timezone.now() - MAX_BATCH_AGE
    calls = ModelCall.objects.filter(
        state="asked", batch__state__in=("preparing", "submitted"), batch__created_at__gte=recent
    )
    return set(calls.values_list("version_id", "language"))
