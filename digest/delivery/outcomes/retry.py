"""The retry schedule of letters that a mail server or provider put off."""

from datetime import datetime, timedelta

# The waits after the first, second … attempt that the other side asked us to repeat. The last one repeats itself.
RETRY_DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
# For letters that may arrive each time they are tried.
MAX_ATTEMPTS = len(RETRY_DELAYS) + 1


def next_attempt_at(attempts: int, now: datetime, not_after: datetime | None) -> datetime | None:
    """Return when to try a letter again after so many *attempts*, or None once it would come too late."""
    moment = now + RETRY_DELAYS[min(attempts, len(RETRY_DELAYS)) - 1]
    return moment if not_after is None or moment < not_after else None
