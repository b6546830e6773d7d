"""Catches up every hour on summaries that a model owes, so that an outage costs hours and not a day."""

import logging

from digest.domain import ProgressCallback, no_progress
from digest.summaries import write
from digest.summaries.llm import batch_collect, requests
from digest.summaries.llm.batch_client import BatchProblem
from digest.summaries.llm.configured_models import configured_writers

log = logging.getLogger(__name__)


def catch_up_summaries(tick: ProgressCallback = no_progress) -> int:
    """Collect batches, request what is owed, and show what came. Return the number of places where it is shown.

    The caps of a run and of a day hold. Without a model nothing is asked.
    """
    if not configured_writers():
        return 0
    try:
        batch_collect.collect_batches()
    except BatchProblem as problem:  # the next hour asks again; what is owed does not wait for it
        log.warning("The batches could not be taken in: %s", problem)
    requests.request_owed(tick)
    return write.improve_summaries()
