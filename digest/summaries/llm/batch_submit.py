"""Submits batches: many requests in one file, answered within a day, at half the price.

A batch is stored before it is submitted, and named in the service's own record, so that a kill neither loses one nor
orders it twice. `batch_collect.py` collects the answers.
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
from digest.summaries.llm.batch_client import BatchProblem, BatchService, format_request
from digest.summaries.llm.budget import spent_today
from digest.summaries.llm.configured_models import ModelWriter, configured_writers
from digest.summaries.llm.requests import iterate_jobs
from digest.summaries.store import SummaryKey

# Requests in a batch. OpenAI takes 50,000, and 200 MB.
MAX_REQUESTS_PER_BATCH = 10_000


def submit_batch(keys: Sequence[SummaryKey], tick: ProgressCallback = no_progress) -> int:
    """Submit those of *keys* that are in no batch yet, as far as the day's budget goes. Return how many they are.

    Raises BatchProblem; the next call submits what could not be submitted now.
    """
    writer = model_for_batches()
    for batch in ModelBatch.objects.filter(state="preparing"):
        _submit_prepared(writer, batch)
    submitted = ModelCall.objects.filter(state="asked", batch__state="submitted")
    ordered = set(submitted.values_list("version_id", "language"))
    done = 0
    for chunk in store.iterate_chunks(
        [key for key in dict.fromkeys(keys) if key not in ordered], MAX_REQUESTS_PER_BATCH
    ):
        batch, number = _prepare_batch(writer, chunk)
        if number:
            _submit_prepared(writer, batch)
        done += number
        tick(done, len(keys))
    return done


def model_for_batches() -> ModelWriter:
    """Return the first configured model. Raises BatchProblem without one."""
    if writers := configured_writers():
        return writers[0]
    raise BatchProblem("No model is configured. Set OPENAI_API_KEY, or OPENAI_BASE_URL for a service of your own.")


def _prepare_batch(writer: ModelWriter, keys: Sequence[SummaryKey]) -> tuple[ModelBatch, int]:
    """Store the rows of a batch, as many as the budget allows. Their cost counts as spent from now on."""
    budget_left = settings.LLM_DAILY_BUDGET - spent_today() if settings.LLM_DAILY_BUDGET else None
    with transaction.atomic():
        batch = ModelBatch.objects.create(model=writer.name, prompt_version=writer.prompt_version)
        rows = list(_affordable_calls(writer, batch, iterate_jobs(keys), budget_left))
        ModelCall.objects.bulk_create(rows, batch_size=store.SUMMARIES_PER_QUERY)
        if not rows:
            batch.delete()
    return batch, len(rows)


def _affordable_calls(
    writer: ModelWriter, batch: ModelBatch, jobs: Iterable[SummaryJob], budget_left: Decimal | None
) -> Iterator[ModelCall]:
    for job in jobs:
        cost = writer.estimate(prompt.build_messages(job.paper, job.language)) / 2
        if budget_left is not None and (budget_left := budget_left - cost) < 0:
            return
        yield ModelCall(
            version_id=job.version_id,
            language=job.language,
            model=batch.model,
            prompt_version=batch.prompt_version,
            batch=batch,
            cost=cost,
        )


def _submit_prepared(writer: ModelWriter, batch: ModelBatch) -> None:
    """Submit a batch, unless a run did so and was killed before it could store it. A refusal ends the batch.

    Raises BatchProblem.
    """
    service = BatchService(writer.service)
    name = f"preprint-post-{batch.pk}-{batch.created_at:%Y%m%d%H%M%S}"
    try:
        batch.provider_id = service.find(name)
        if not batch.provider_id:
            with tempfile.TemporaryFile() as file:
                _write_requests(file, writer, batch)
                batch.provider_id = service.submit(name, file)
    except BatchProblem as problem:
        if problem.fatal:
            ModelCall.objects.filter(batch=batch).update(state="failed", reason=str(problem)[:100], cost=0)
            batch.state, batch.reason, batch.finished_at = "failed", str(problem)[:300], timezone.now()
            batch.save()
        raise
    batch.state = "submitted"
    batch.save(update_fields=["state", "provider_id"])


def _write_requests(file: IO[bytes], writer: ModelWriter, batch: ModelBatch) -> None:
    calls = ModelCall.objects.filter(batch=batch, state="asked").order_by("id")
    for chunk in store.iterate_chunks(calls.values_list("id", "version_id", "language")):
        jobs = iterate_jobs([(version, language) for _, version, language in chunk])
        for (id, _, _), job in zip(chunk, jobs, strict=True):
            file.write(format_request(id, writer.service.body(prompt.build_messages(job.paper, job.language))))
    file.seek(0)
