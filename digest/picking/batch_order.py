"""What an edition that is not urgent orders from the model in a batch."""

from dataclasses import dataclass
from datetime import date

from digest.domain import ProgressCallback, no_progress
from digest.models import Edition
from digest.picking.papers_needed import find_expected_papers
from digest.summaries import write
from digest.summaries.llm import batch_collect, batch_submit, requests
from digest.summaries.llm.batch_collect import CollectedBatches


@dataclass(frozen=True, slots=True)
class BatchOrder:
    collected: CollectedBatches
    # Handed over now.
    requests: int


def order_batch(day: date, tick: ProgressCallback = no_progress) -> BatchOrder:
    """Takes in what earlier batches brought, then hands over what the readers of *day* will see and what is owed.

    Without an edition of the day only what is owed. Raises BatchProblem.
    """
    collected = batch_collect.collect_batches()
    edition = Edition.objects.filter(day=day).first()
    wanted = write.find_unwritten(edition, find_expected_papers(edition)) if edition else []
    return BatchOrder(collected, batch_submit.submit_batch([*wanted, *requests.find_owed()], tick))
