"""Collects the answers of batches. They pass the same checks as any answer; what is refused is left to the backfill."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from django.db import transaction
from django.utils import timezone

from digest.domain import ProgressCallback, SummaryText, no_progress
from digest.models import ModelBatch, ModelCall
from digest.summaries import store
from digest.summaries.jobs import JobResult, PaperText, WrittenSummary
from digest.summaries.llm import validation
from digest.summaries.llm.batch_client import BatchAnswer, BatchProblem, BatchService
from digest.summaries.llm.batch_submit import model_for_batches
from digest.summaries.llm.budget import CallBooks, ModelUse
from digest.summaries.llm.client import ModelReply
from digest.summaries.llm.errors import ModelError

MISSING_ANSWER = ModelError("the batch ended without an answer", outage=True)


@dataclass(slots=True)
class CollectedBatches:
    """The counts of one collection."""

    # Summaries stored.
    written: int = 0
    # Answers that were missing or could not be used.
    owed: int = 0
    # Batches that are being answered.
    still_open: int = 0
    use: ModelUse = field(default_factory=ModelUse)


def collect_batches(tick: ProgressCallback = no_progress) -> CollectedBatches:
    """Store the answers of the batches that have ended. Raises BatchProblem where the service cannot be asked."""
    collected = CollectedBatches()
    batches = list(ModelBatch.objects.filter(state="submitted").order_by("id"))
    service = BatchService(model_for_batches().service) if batches else None
    for batch in batches:
        if service and (answers := _fetch_answers(service, batch)) is not None:
            _store_answers(batch, answers, collected, tick)
        else:
            collected.still_open += 1
    return collected


def _fetch_answers(service: BatchService, batch: ModelBatch) -> Iterator[BatchAnswer] | None:
    """Return the answers, or None while the batch is being answered. One unknown to the service has none."""
    try:
        return service.fetch_answers(batch.provider_id)
    except BatchProblem as problem:
        if problem.status == 404:
            return iter(())
        raise


def _store_answers(
    batch: ModelBatch, answers: Iterator[BatchAnswer], counts: CollectedBatches, tick: ProgressCallback
) -> None:
    """Store answers in chunks, each in one transaction, so that a kill repeats at most the last one."""
    waiting = ModelCall.objects.filter(batch=batch, state="asked")
    books, total = CallBooks(counts.use), waiting.count()
    while chunk := dict(islice(answers, store.SUMMARIES_PER_QUERY)):
        _settle_calls(books, list(waiting.filter(id__in=chunk)), chunk, counts)
        tick(total - waiting.count(), total)
    while left := list(waiting[: store.SUMMARIES_PER_QUERY]):
        _settle_calls(books, left, {}, counts)
    batch.state, batch.finished_at = "collected", timezone.now()
    batch.save(update_fields=["state", "finished_at"])


def _settle_calls(
    books: CallBooks,
    calls: Sequence[ModelCall],
    answers: Mapping[int, ModelReply | ModelError],
    counts: CollectedBatches,
) -> None:
    papers = store.load_texts({call.version_id for call in calls})
    with transaction.atomic():
        outcomes = [
            _judge_answer(books, call, answers.get(call.pk, MISSING_ANSWER), papers[call.version_id]) for call in calls
        ]
        for outcome in outcomes:
            if outcome.written:
                store.store_written(outcome.version_id, outcome.written)
        failed = [outcome for outcome in outcomes if not outcome.written]
        store.queue_backfill(failed)
    counts.written += len(outcomes) - len(failed)
    counts.owed += len(failed)


def _judge_answer(books: CallBooks, call: ModelCall, answer: ModelReply | ModelError, paper: PaperText) -> JobResult:
    if isinstance(answer, ModelError):
        books.failed(call, answer)
        return JobResult(call.version_id, call.language, reason=answer.reason, tried=not answer.outage)
    text_or_faults = validation.read_reply(answer, paper, call.language)
    if isinstance(text_or_faults, SummaryText):
        books.answered(call, answer)
        return JobResult(call.version_id, call.language, written=_written_summary(call, answer, text_or_faults))
    complaint = "; ".join(fault.complaint for fault in text_or_faults)
    books.answered(call, answer, text_or_faults[0].reason, complaint)
    return JobResult(call.version_id, call.language, reason=f"the answer cannot be used: {complaint}", tried=True)


def _written_summary(call: ModelCall, reply: ModelReply, text: SummaryText) -> WrittenSummary:
    """Return the summary by the model that was asked, whichever the settings name by now."""
    return WrittenSummary(
        text=text,
        language=call.language,
        writer=call.model,
        prompt_version=call.prompt_version,
        prompt_tokens=reply.prompt_tokens,
        completion_tokens=reply.completion_tokens,
        cost=reply.cost,
    )
