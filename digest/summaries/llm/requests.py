"""What is asked of the models, and what becomes of their answers: a summary is kept at once, a failure is owed."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from django.conf import settings

from digest.domain import Tick, silent
from digest.models import Backfill
from digest.summaries import store
from digest.summaries.jobs import Job, Outcome
from digest.summaries.llm.budget import Books, ModelUse
from digest.summaries.llm.dispatcher import write_all
from digest.summaries.llm.models import ModelWriter, writers_from_settings
from digest.summaries.llm.pending_batches import under_way
from digest.summaries.store import Key

# After so long the letters go out with what there is.
RUN_SECONDS = 1800.0

# A summary that failed so often is not asked for again.
ATTEMPTS = 5


@dataclass(slots=True)
class Asked:
    # The ids of the summaries that came.
    written: dict[Key, int] = field(default_factory=dict)
    use: ModelUse = field(default_factory=ModelUse)


def ask(
    writers: Sequence[ModelWriter], keys: Sequence[Key], tick: Tick = silent, seconds: float = RUN_SECONDS
) -> Asked:
    """The summaries for *keys* that the models wrote; the others stand in Backfill afterwards."""
    books, failed = Books(), list[Outcome]()
    asked = Asked(use=books.use)
    outcomes = write_all(writers, jobs(keys), books, concurrency=settings.LLM_CONCURRENCY, seconds=seconds)
    try:
        with closing(outcomes):
            for done, outcome in enumerate(outcomes, start=1):
                key = (outcome.version_id, outcome.language)
                if outcome.written is None:
                    failed.append(outcome)
                else:
                    asked.written[key] = store.store_written(outcome.version_id, outcome.written)
                tick(done, len(keys))
    finally:
        store.owe(failed)
    return asked


def jobs(keys: Sequence[Key]) -> Iterator[Job]:
    """With their texts, of which only a chunk is in memory."""
    for chunk in store.chunks(keys):
        papers = store.texts({version for version, _ in chunk})
        yield from (Job(version, language, papers[version]) for version, language in chunk if version in papers)


def backfill(tick: Tick = silent) -> Asked:
    """Asks again for what is owed. `writing.improve` shows it."""
    writers = writers_from_settings()
    return ask(writers, owed(), tick) if writers else Asked()


def owed() -> list[Key]:
    """Without what a batch is to bring."""
    rows = Backfill.objects.filter(done_at=None, attempts__lt=ATTEMPTS).order_by("created_at", "id")
    ordered = under_way()
    return [key for key in rows.values_list("version_id", "language") if key not in ordered]
