"""A Celery worker as in production: a process that listens, and processes that it starts for the tasks."""

import os
import warnings

PROCESSES = 2
# So few letters are worth a drain here.
SHARE = 20


def work() -> None:
    """A worker for all queues, the leader of a session of its own, until it is asked to stop."""
    from celery.exceptions import SecurityWarning

    from deploy.celery import app
    from digest.delivery.workers import concurrency

    os.setsid()
    concurrency.LETTERS_PER_WORKER = SHARE
    warnings.simplefilter("ignore", SecurityWarning)  # a test may be run by root
    quiet = ("--loglevel", "ERROR", "--without-mingle", "--without-gossip", "--without-heartbeat")
    app.worker_main(["--quiet", "worker", "--concurrency", str(PROCESSES), "-n", f"{os.getpid()}@scene", *quiet])
