"""Sends newcomers their first letter in a thread of the web process, right after they confirmed."""

import logging
from datetime import datetime
from functools import cache

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from digest import scheduler
from subscriptions.background_thread import BackgroundThread

log = logging.getLogger(__name__)


def send_soon(now: datetime, **_signal: object) -> None:
    """Have first letters sent after the page, or with ERRANDS_INLINE at once. Receives `subscriber_confirmed`."""
    if settings.ERRANDS_INLINE:
        scheduler.send_welcomes(now)
    else:
        transaction.on_commit(_background_thread().start_soon)


@cache
def _background_thread() -> BackgroundThread:
    return BackgroundThread("first-letters", _send_in_background)


def _send_in_background() -> bool:
    """Return False: what stays undone is left to the scheduler, which runs each minute."""
    try:
        scheduler.send_welcomes(timezone.now())
    except Exception:
        log.exception("First letters could not be sent; the scheduler sends them.")
    finally:
        connection.close()
    return False
