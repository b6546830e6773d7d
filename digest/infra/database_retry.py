"""Retry a step while the database is away for a moment.

A drain takes its steps through this: the answer to a letter comes only once and must be written down, and what a drain
has claimed would else wait until its lease has run out.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

log = logging.getLogger(__name__)

# Seconds between tries; a database that restarts is back within them.
RETRY_PAUSES_SECONDS = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)

Result = TypeVar("Result")


def retry_on_disconnect(step: Callable[[], Result], pauses: tuple[float, ...] | None = None) -> Result:
    """Return the result of *step*, trying again after each of *pauses* (seconds) while the database is away.

    *step* must only read, or be one conditional transaction, so that doing it twice does it once. Raises the last error
    of the database once the pauses are used up, and any error at once inside a transaction.
    """
    for pause in RETRY_PAUSES_SECONDS if pauses is None else pauses:
        try:
            return step()
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block:
                raise
            log.warning("The database went away; trying again: %s", error)
            connection.close()
            time.sleep(pause)
    return step()
