"""Requests summaries from models. A summary is stored at once; a failure is left to the backfill."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from django.conf import settings

from digest.domain import ProgressCallback, no_progress
from digest.models import Backfill
from digest.summaries import store
from digest.summaries.jobs import JobResult, SummaryJob
from digest.summaries.llm.budget import CallBooks, ModelUse
from digest.summaries.llm.configured_models import ModelWriter, configured_writers
from digest.summaries.llm.dispatcher import write_all
from digest.summaries.llm.pending_batches import find_pending_summaries
from digest.summaries.store import SummaryKey

# After so long the letters go out with what there is.
MAX_RUN_SECONDS = 1800.0

# A summary that failed so often is not requested again.
MAX_BACKFILL_ATTEMPTS = 5


@dataclass(slots=True)
class RequestResult:
    """The summaries that models wrote in one run, and what they cost."""

    # The ids of the stored summaries.
    written: dict[SummaryKey, int] = field(default_factory=dict)
    use: ModelUse = field(default_factory=ModelUse)


def request_summaries(
    writers: Sequence[ModelWriter],
    keys: Sequence[SummaryKey],
    tick: ProgressCallback = no_progress,
    seconds: float = MAX_RUN_SECONDS,
) -> RequestResult:
    """Request the summaries for *keys* and store them; those that no model wrote are queued for the backfill."""
    books, failed = CallBooks(), list[JobResult]()
    result = RequestResult(use=books.use)
    outcomes = write_all(writers, iterate_jobs(keys), books, concurrency=settings.LLM_CONCURRENCY, seconds=seconds)
    try:
        with closing(outcomes):
            for done, outcome in enumerate(outcomes, start=1):
                key = (outcome.version_id, outcome.language)
                if outcome.written is None:
                    failed.append(outcome)
                else:
                    result.written[key] = store.store_written(outcome.version_id, outcome.written)
                tick(done, len(keys))
    finally:
        store.queue_backfill(failed)
    return result


def iterate_jobs(keys: Sequence[SummaryKey]) -> Iterator[SummaryJob]:
    """Yield jobs with their texts, of which only a chunk is in memory."""
    for chunk in store.iterate_chunks(keys):
        papers = store.load_texts({version for version, _ in chunk})
        yield from (SummaryJob(version, language, papers[version]) for version, language in chunk if version in papers)


def request_owed(tick: ProgressCallback = no_progress) -> RequestResult:
    """Request again what is owed. `write.improve_summaries` shows it."""
    writers = configured_writers()
    return request_summaries(writers, find_owed(), tick) if writers else RequestResult()


def find_owed() -> list[SummaryKey]:
    """Return the summaries owed, without those that a batch will bring."""
    rows = Backfill.objects.filter(done_at=None, attempts__lt=MAX_BACKFILL_ATTEMPTS).order_by("created_at", "id")
    pending = find_pending_summaries()
    return [key for key in rows.values_list("version_id", "language") if key not in pending]
