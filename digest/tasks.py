"""What Celery runs. A message only says when to look: the truth about every letter is in the database.

At its soft limit a drain stops as on SIGTERM, and asks for another; the other tasks end with an error, and go on where
they were when they are asked for next. At the hard limit a task is killed, which everything here survives. Which queue
a task waits in says deploy/broker.py.
"""

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from digest import scheduler
from digest.ingest.source_factory import listing_day, open_source
from digest.summaries import backfill
from subscriptions.account_requests import queue
from subscriptions.services import reminders

MINUTE = 60


@shared_task(soft_time_limit=50 * MINUTE, time_limit=55 * MINUTE)
def run_daily() -> None:
    scheduler.prepare_day(listing_day(), open_source(["arxiv"]))


@shared_task(soft_time_limit=10 * MINUTE, time_limit=15 * MINUTE)
def deliver_due() -> int:
    return scheduler.deliver_due(request_drain=drain.delay)


@shared_task(soft_time_limit=90, time_limit=10 * MINUTE, expires=2 * MINUTE, throws=(SoftTimeLimitExceeded,))
def drain(edition_id: int) -> int:
    """Its soft limit is shorter than the time that service managers give a worker to end."""
    return scheduler.drain_edition(edition_id, request_drain=drain.delay)


@shared_task(soft_time_limit=40 * MINUTE, time_limit=45 * MINUTE)
def catch_up_summaries() -> int:
    return backfill.catch_up_summaries()


@shared_task(soft_time_limit=5 * MINUTE, time_limit=10 * MINUTE)
def run_errands() -> int:
    """What the web processes' own threads left: after a kill, or while the mail server was away."""
    return queue.run()


@shared_task(soft_time_limit=10 * MINUTE, time_limit=15 * MINUTE)
def remind() -> int:
    return reminders.send_reminders(timezone.now())
