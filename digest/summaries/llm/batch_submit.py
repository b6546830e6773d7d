"""Summaries that nobody waits for: many requests in one file, answered within a day, at half the price.

A batch is remembered before it is handed over, and named in the service's own record, so that a kill neither loses one
nor orders it twice. `batch_collect.py` takes in what comes back.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import IO

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from digest.domain import ProgressCallback, no_progress
from digest.models import ModelBatch, ModelCall
from digest.summaries import store
from digest.summaries.jobs import SummaryJob
from digest.summaries.llm import prompt
from digest.summaries.llm.batch_client import BatchProblem, BatchService, request_line
from digest.summaries.llm.budget import spent_today
from digest.summaries.llm.configured_models import ModelWriter, configured_writers
from digest.summaries.llm.requests import iterate_jobs
from digest.summaries.store import SummaryKey

# Requests in a batch. OpenAI takes 50,000, and 200 MB.
MAX_REQUESTS_PER_BATCH = 10_000


def submit_batch(keys: Sequence[SummaryKey], tick: ProgressCallback = no_progress) -> int:
    """Hands over what of *keys* is not in a batch yet, as far as the day's budget goes; the number of requests.

    Raises BatchProblem; what could not be handed over now is by the next call.
    """
    writer = model_for_batches()
    for batch in ModelBatch.objects.filter(state="preparing"):
        _hand_over(writer, batch)
    under_way = ModelCall.objects.filter(state="asked", batch__state="submitted")
    ordered = set(under_way.values_list("version_id", "language"))
    done = 0
    for chunk in store.iterate_chunks(
        [key for key in dict.fromkeys(keys) if key not in ordered], MAX_REQUESTS_PER_BATCH
    ):
        batch, number = _prepare_batch(writer, chunk)
        if number:
            _hand_over(writer, batch)
        done += number
        tick(done, len(keys))
    return done


def model_for_batches() -> ModelWriter:
    if writers := configured_writers():
        return writers[0]
    raise BatchProblem("No model is configured. Set OPENAI_API_KEY, or OPENAI_BASE_URL for a service of your own.")


def _prepare_batch(writer: ModelWriter, keys: Sequence[SummaryKey]) -> tuple[ModelBatch, int]:
    """The rows of a batch, as many as the budget allows; they count as spent from now on."""
    room = settings.LLM_DAILY_BUDGET - spent_today() if settings.LLM_DAILY_BUDGET else None
    with transaction.atomic():
        batch = ModelBatch.objects.create(model=writer.name, prompt_version=writer.prompt_version)
        rows = list(_affordable_calls(writer, batch, iterate_jobs(keys), room))
        ModelCall.objects.bulk_create(rows, batch_size=store.SUMMARIES_PER_QUERY)
        if not rows:
            batch.delete()
    return batch, len(rows)


def _affordable_calls(
    writer: ModelWriter, batch: ModelBatch, wanted: Iterable[SummaryJob], room: Decimal | None
) -> Iterator[ModelCall]:
    for job in wanted:
        cost = writer.estimate(prompt.build_messages(job.paper, job.language)) / 2
        if room is not None and (room := room - cost) < 0:
            return
        yield ModelCall(
            version_id=job.version_id,
            language=job.language,
            model=batch.model,
            prompt_version=batch.prompt_version,
            batch=batch,
            cost=cost,
        )


def _hand_over(writer: ModelWriter, batch: ModelBatch) -> None:
    """Unless an earlier run had done so and was killed before it could say it. A refusal undoes the batch."""
    service = BatchService(writer.service)
    name = f"preprint-post-{batch.pk}-{batch.created_at:%Y%m%d%H%M%S}"
    try:
        batch.provider_id = service.find(name) or _submit_file(service, name, writer, batch)
    except BatchProblem as problem:
        if problem.fatal:
            _fail_batch(batch, str(problem))
        raise
    batch.state = "submitted"
    batch.save(update_fields=["state", "provider_id"])


def _submit_file(service: BatchService, name: str, writer: ModelWriter, batch: ModelBatch) -> str:
    with tempfile.TemporaryFile() as file:
        _write_requests(file, writer, batch)
        return service.submit(name, file)


def _write_requests(file: IO[bytes], writer: ModelWriter, batch: ModelBatch) -> None:
    calls = ModelCall.objects.filter(batch=batch, state="asked").order_by("id")
    for chunk in store.iterate_chunks(calls.values_list("id", "version_id", "language")):
        wanted = iterate_jobs([(version, language) for _, version, language in chunk])
        for (id, _, _), job in zip(chunk, wanted, strict=True):
            file.write(request_line(id, writer.service.body(prompt.build_messages(job.paper, job.language))))
    file.seek(0)


def _fail_batch(batch: ModelBatch, reason: str) -> None:
    ModelCall.objects.filter(batch=batch).update(state="failed", reason=reason[:100], cost=0)
    batch.state, batch.reason, batch.finished_at = "failed", reason[:300], timezone.now()
    batch.save()
