"""Looks for what needs the operator in each web process too: a scheduler that is dead cannot say so itself."""

import logging
from threading import Event, Thread

from django.db import close_old_connections, connection
from django.utils import timezone

from digest.alarms.watch import WATCH_INTERVAL, watch

log = logging.getLogger(__name__)


def start_watching() -> None:
    """Start the thread. It ends with the process."""
    Thread(target=_watch_forever, daemon=True, name="watch").start()


def _watch_forever() -> None:
    pause = Event()
    # First a pause: a process that lives for a moment only has nothing to tell.
    while not pause.wait(WATCH_INTERVAL.total_seconds()):
        close_old_connections()
        try:
            watch(timezone.now())
        except Exception:  # a database that is away, for one: the next look comes
            log.exception("What needs the operator could not be looked for.")
        finally:
            connection.close()
