"""The Celery application: `celery -A deploy.celery worker`, `celery -A deploy.celery beat`."""

import logging
import os
import signal
import sys

from billiard.pool import soft_timeout_sighandler
from billiard.process import current_process
from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging, task_postrun, task_prerun, worker_shutting_down
from celery.worker import state
from django.conf import settings
from django.utils.log import configure_logging

from deploy.known_errors import SentenceFilter, end_with_sentence, require_writable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
# A worker or a scheduler without them would end later, in a traceback.
with end_with_sentence():
    require_writable(settings.BROKER_FOLDER)
logging.getLogger("celery.app.trace").addFilter(SentenceFilter())

app = Celery("preprint_post")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["digest"])
app.conf.beat_schedule = {
    # The listing of a day is in arXiv's API soon after midnight Eastern; later runs take in what was late.
    "prepare-day": {
        "task": "digest.tasks.run_daily",
        "schedule": crontab(minute="30", hour="0-6", day_of_week="mon-fri"),
        "options": {"expires": 3500},
    },
    "request-due-drains": {"task": "digest.tasks.deliver_due", "schedule": 60.0, "options": {"expires": 55}},
    # A run may ask the model for half an hour: this begins when the night run is done, and is done before the next.
    "catch-up-summaries": {
        "task": "digest.tasks.catch_up_summaries",
        "schedule": crontab(minute="5"),
        "options": {"expires": 1500},
    },
    "run-errands": {"task": "digest.tasks.run_errands", "schedule": 60.0, "options": {"expires": 55}},
    "watch": {"task": "digest.tasks.watch", "schedule": 120.0, "options": {"expires": 110}},
    "check-sender": {
        "task": "digest.tasks.check_sender",
        "schedule": crontab(minute="35"),
        "options": {"expires": 3500},
    },
    # Every night, after the day is prepared.
    "forget": {"task": "digest.tasks.forget", "schedule": crontab(minute="50", hour="7"), "options": {"expires": 3500}},
    # One reminder, a day after a sign-up that was not confirmed.
    "remind": {"task": "digest.tasks.remind", "schedule": crontab(minute="15"), "options": {"expires": 3500}},
}


@setup_logging.connect
def keep_logging(**_signal: object) -> None:
    """Log as LOG_LEVEL and LOG_FORMAT say. Celery would set handlers of its own, which hide no link and no address."""
    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)


@worker_shutting_down.connect
def end_drains(**_signal: object) -> None:
    """Tell the drains of a worker that is to end to stop after the letters in hand, as at their soft limit.

    The worker waits for its tasks.
    """
    for request in list(state.active_requests):
        if request.name == "digest.tasks.drain" and request.worker_pid not in (None, os.getpid()):
            os.kill(request.worker_pid, signal.SIGUSR1)


@task_postrun.connect
def end_quietly(**_signal: object) -> None:
    """Let what ends a drain end its process without a word once the drain is over: the worker knows of that late."""
    if _is_child():
        signal.signal(signal.SIGUSR1, lambda _number, _frame: sys.exit())


@task_prerun.connect
def end_task(**_signal: object) -> None:
    """Let the same signal end the task that begins, as billiard has it."""
    if _is_child():
        signal.signal(signal.SIGUSR1, soft_timeout_sighandler)


def _is_child() -> bool:
    """Return whether this is one of the processes that a worker starts for tasks."""
    return str(current_process().name) != "MainProcess"
