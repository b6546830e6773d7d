"""Votes and stars as services write them."""

from digest.sources.http.client import Politeness

# What a database column takes.
MAX_SIGNAL_VALUE = 2**31 - 1

# For services that a day can do without. A list of the most voted papers has 200 kB.
QUICK = Politeness(
    delay=0.5,
    attempts=2,
    backoff=0.5,
    longest_wait=2,
    deadline=12,
    longest_answer=8,
    connect=3,
    read=5,
    most_bytes=5_000_000,
)


def parse_count(value: object) -> int | None:
    """A whole number from 0 up, also where it is written as a text; None for anything else."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value.strip()[:12])
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        return None
    return min(value, MAX_SIGNAL_VALUE)
