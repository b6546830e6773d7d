"""What became of a letter is written down even if the database goes away for a moment: the answer comes only once."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

log = logging.getLogger(__name__)

PAUSES = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds between tries; a database that restarts is back within them."""

Result = TypeVar("Result")


def surely(write: Callable[[], Result], pauses: tuple[float, ...] = PAUSES) -> Result:
    """*write* must be one conditional transaction, so that doing it twice does it once."""
    for pause in pauses:
        try:
            return write()
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block:
                raise
            log.warning("The database went away; trying again: %s", error)
            connection.close()
            time.sleep(pause)
    return write()
