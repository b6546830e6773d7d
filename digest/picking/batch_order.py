"""What an edition that is not urgent orders from the model in a batch."""

from dataclasses import dataclass
from datetime import date

from digest.domain import Tick, silent
from digest.models import Edition
from digest.picking.expected_papers import demand
from digest.summaries import write
from digest.summaries.llm import batch_collect, batch_submit, requests
from digest.summaries.llm.batch_collect import Collected


@dataclass(frozen=True, slots=True)
class Order:
    collected: Collected
    # Handed over now.
    requests: int


def order(day: date, tick: Tick = silent) -> Order:
    """Takes in what earlier batches brought, then hands over what the readers of *day* will see and what is owed.

    Without an edition of the day only what is owed. Raises BatchProblem.
    """
    collected = batch_collect.collect()
    edition = Edition.objects.filter(day=day).first()
    wanted = write.unwritten(edition, demand(edition)) if edition else []
    return Order(collected, batch_submit.submit([*wanted, *requests.owed()], tick))
