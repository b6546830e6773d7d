"""What Celery runs. A message only says when to look: the truth about every letter is in the database."""

from celery import shared_task
from django.utils import timezone

from digest import pipeline
from digest.papers.opening import listing_day, open_source
from digest.summaries import catching_up
from subscriptions import services


@shared_task
def run_daily() -> None:
    pipeline.prepare_day(listing_day(), open_source(["arxiv"]))


@shared_task
def deliver_due() -> int:
    return pipeline.deliver_due()


@shared_task
def catch_up_summaries() -> int:
    return catching_up.catch_up()


@shared_task
def run_errands() -> int:
    """What the web processes' own threads left: after a kill, or while the mail server was away."""
    return services.run_errands()


@shared_task
def remind() -> int:
    return services.remind(timezone.now())
