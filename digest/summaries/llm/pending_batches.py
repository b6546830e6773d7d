"""What a batch is to bring: nobody pays for it a second time meanwhile."""

from datetime import timedelta

from django.utils import timezone

from digest.models import ModelCall
from digest.summaries.store import SummaryKey

# So long a service may take over a batch. What has not come by then is asked for in another way.
MAX_BATCH_AGE = timedelta(days=1)


def find_pending_summaries() -> set[SummaryKey]:
    recent = timezone.now() - MAX_BATCH_AGE
    calls = ModelCall.objects.filter(
        state="asked", batch__state__in=("preparing", "submitted"), batch__created_at__gte=recent
    )
    return set(calls.values_list("version_id", "language"))
