"""Takes in what batches brought: through the same checks as any answer; what will not do is owed to the backfill."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from django.db import transaction
from django.utils import timezone

from digest.domain import SummaryText, Tick, silent
from digest.models import ModelBatch, ModelCall
from digest.summaries import store
from digest.summaries.jobs import Outcome, PaperText, Written
from digest.summaries.llm import models
from digest.summaries.llm.batch_client import Answer, BatchProblem, BatchService
from digest.summaries.llm.batch_submit import model_for_batches
from digest.summaries.llm.budget import Books, ModelUse
from digest.summaries.llm.client import Reply
from digest.summaries.llm.errors import Trouble

MISSING = Trouble("the batch ended without an answer", outage=True)


@dataclass(slots=True)
class Collected:
    written: int = 0
    # Answers that were missing or could not be used.
    owed: int = 0
    # Batches that are being answered.
    still_open: int = 0
    use: ModelUse = field(default_factory=ModelUse)


def collect(tick: Tick = silent) -> Collected:
    """The answers of the batches that have ended. Raises BatchProblem where the service cannot be asked."""
    collected = Collected()
    batches = list(ModelBatch.objects.filter(state="submitted").order_by("id"))
    service = BatchService(model_for_batches().service) if batches else None
    for batch in batches:
        if service and (found := _answers(service, batch)) is not None:
            _take_in(batch, found, collected, tick)
        else:
            collected.still_open += 1
    return collected


def _answers(service: BatchService, batch: ModelBatch) -> Iterator[Answer] | None:
    """None while it is being answered. A batch that the service has no record of has no answers."""
    try:
        return service.answers(batch.provider_id)
    except BatchProblem as problem:
        if problem.status == 404:
            return iter(())
        raise


def _take_in(batch: ModelBatch, found: Iterator[Answer], into: Collected, tick: Tick) -> None:
    """In chunks, each with all that follows from it or not at all: a kill repeats at most the last one."""
    waiting = ModelCall.objects.filter(batch=batch, state="asked")
    books, total = Books(into.use), waiting.count()
    while chunk := dict(islice(found, store.CHUNK)):
        _settle(books, list(waiting.filter(id__in=chunk)), chunk, into)
        tick(total - waiting.count(), total)
    while left := list(waiting[: store.CHUNK]):
        _settle(books, left, {}, into)
    batch.state, batch.finished_at = "collected", timezone.now()
    batch.save(update_fields=["state", "finished_at"])


def _settle(books: Books, calls: Sequence[ModelCall], found: Mapping[int, Reply | Trouble], into: Collected) -> None:
    papers = store.texts({call.version_id for call in calls})
    with transaction.atomic():
        outcomes = [_outcome(books, call, found.get(call.pk, MISSING), papers[call.version_id]) for call in calls]
        for outcome in outcomes:
            if outcome.written:
                store.store_written(outcome.version_id, outcome.written)
        failed = [outcome for outcome in outcomes if not outcome.written]
        store.owe(failed)
    into.written += len(outcomes) - len(failed)
    into.owed += len(failed)


def _outcome(books: Books, call: ModelCall, answer: Reply | Trouble, paper: PaperText) -> Outcome:
    if isinstance(answer, Trouble):
        books.failed(call, answer)
        return Outcome(call.version_id, call.language, reason=answer.reason, tried=not answer.outage)
    found = models.look(answer, paper, call.language)
    if isinstance(found, SummaryText):
        books.answered(call, answer)
        return Outcome(call.version_id, call.language, written=_written(call, answer, found))
    complaint = "; ".join(fault.complaint for fault in found)
    books.answered(call, answer, found[0].reason, complaint)
    return Outcome(call.version_id, call.language, reason=f"the answer cannot be used: {complaint}", tried=True)


def _written(call: ModelCall, reply: Reply, text: SummaryText) -> Written:
    """By the model that was asked, whichever the settings name by now."""
    return Written(
        text=text,
        language=call.language,
        writer=call.model,
        prompt_version=call.prompt_version,
        prompt_tokens=reply.prompt_tokens,
        completion_tokens=reply.completion_tokens,
        cost=reply.cost,
    )
