"""The Celery tasks. A message only starts a task: the state of every letter is in the database.

At its soft limit a drain stops as on SIGTERM, and requests another; other tasks end with an error, and continue where
they stopped when they next run. At the hard limit a task is killed, which all of them survive. deploy/broker.py says
in which queue a task waits.
"""

from celery import shared_task
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from digest import retention, scheduler
from digest.alarms import watch as alarms
from digest.ingest.source_factory import listing_day, open_source
from digest.picking import shown_papers
from digest.run import StageLog
from digest.summaries import backfill
from subscriptions.account_requests.drain import drain_outbox
from subscriptions.services import imported_confirmations, reminders

MINUTE = 60


# Tasks keep the names under which messages of earlier versions may still wait.
@shared_task(name="digest.tasks.run_daily", soft_time_limit=50 * MINUTE, time_limit=55 * MINUTE)
def prepare_day() -> None:
    """Prepare the day: papers, signals, edition and summaries. It sends no letter."""
    day = listing_day()
    scheduler.prepare_day(day, open_source(["arxiv"]), StageLog(day))


@shared_task(name="digest.tasks.deliver_due", soft_time_limit=10 * MINUTE, time_limit=15 * MINUTE)
def request_due_drains() -> None:
    """Plan the letters of readers whose hour has come, and request drains to send them."""
    scheduler.request_due_drains(timezone.now(), request_drain=drain.delay)


@shared_task(soft_time_limit=90, time_limit=10 * MINUTE, expires=2 * MINUTE, throws=(SoftTimeLimitExceeded,))
def drain(edition_id: int) -> int:
    """Send letters of an edition. The soft limit is below the time that service managers give a worker to stop."""
    return scheduler.drain_edition(edition_id, request_drain=drain.delay)


@shared_task(soft_time_limit=40 * MINUTE, time_limit=45 * MINUTE)
def catch_up_summaries() -> int:
    """Write summaries that a model still owes."""
    return backfill.catch_up_summaries()


@shared_task(soft_time_limit=5 * MINUTE, time_limit=10 * MINUTE)
def run_errands() -> int:
    """Run the account requests that threads of web processes left, after a kill or without a mail server."""
    return drain_outbox()


@shared_task(soft_time_limit=10 * MINUTE, time_limit=15 * MINUTE)
def remind() -> int:
    """Queue reminders for people who have not confirmed, and ask some of those who were imported without."""
    return reminders.request_reminders(timezone.now()) + imported_confirmations.ask_imported(timezone.now())


@shared_task(soft_time_limit=5 * MINUTE, time_limit=10 * MINUTE)
def watch() -> None:
    """Tell the operator of what needs them, and of what is over."""
    alarms.watch(timezone.now())


@shared_task(soft_time_limit=5 * MINUTE, time_limit=10 * MINUTE)
def check_sender() -> None:
    """Look up what receivers look up about the sender, and how many letters came back."""
    scheduler.check_sender(timezone.now())


@shared_task(soft_time_limit=40 * MINUTE, time_limit=45 * MINUTE)
def forget() -> int:
    """Delete what is no longer kept, once what readers have seen is listed.

    What takes more than half an hour is left to the next night.
    """
    shown_papers.pack_due(timezone.now(), seconds=5 * MINUTE)
    return sum(retention.forget_due(timezone.now(), seconds=30 * MINUTE).values())
