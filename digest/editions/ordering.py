"""What an edition that is not urgent orders from the model in a batch."""

from dataclasses import dataclass
from datetime import date

from digest.editions.demand import demand
from digest.models import Edition
from digest.records import Tick, silent
from digest.summaries import asking, batching, collecting, writing
from digest.summaries.collecting import Collected


@dataclass(frozen=True, slots=True)
class Order:
    collected: Collected
    requests: int
    """Handed over now."""


def order(day: date, tick: Tick = silent) -> Order:
    """Takes in what earlier batches brought, then hands over what the readers of *day* will see and what is owed.

    Without an edition of the day only what is owed. Raises BatchProblem.
    """
    collected = collecting.collect()
    edition = Edition.objects.filter(day=day).first()
    wanted = writing.unwritten(edition, demand(edition)) if edition else []
    return Order(collected, batching.submit([*wanted, *asking.owed()], tick))
