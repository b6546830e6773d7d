"""Orders the summaries of an edition that is not urgent from the model, in a batch."""

from dataclasses import dataclass
from datetime import date

from digest.domain import ProgressCallback, no_progress
from digest.models import Edition
from digest.picking.papers_needed import find_expected_papers
from digest.summaries import write
from digest.summaries.llm import batch_collect, batch_submit, requests
from digest.summaries.llm.batch_collect import CollectedBatches
from digest.summaries.store import SummaryKey


@dataclass(frozen=True, slots=True)
class BatchOrder:
    """The result of one call of `order_batch`."""

    collected: CollectedBatches
    # How many requests were submitted.
    requests: int


def order_batch(day: date, tick: ProgressCallback = no_progress) -> BatchOrder:
    """Collect the results of earlier batches, then submit requests for what the readers of *day* will see.

    Requests still owed are submitted too; without an edition of the day, only those. Raises BatchProblem.
    """
    collected = batch_collect.collect_batches()
    edition = Edition.objects.filter(day=day).first()
    unwritten: list[SummaryKey] = []
    if edition:
        expected = find_expected_papers(edition)
        unwritten = write.find_unwritten(edition, expected.ranks, expected.earlier)
    return BatchOrder(collected, batch_submit.submit_batch([*unwritten, *requests.find_owed()], tick))
