"""Counts of votes and stars: as services write them, and as a database column takes them."""

# The largest integer that a database column takes.
MAX_SIGNAL_VALUE = 2**31 - 1


def parse_count(value: object) -> int | None:
    """Return a whole number from 0 to MAX_SIGNAL_VALUE, also where it is written as a text; None for anything else."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value.strip()[:12])
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        return None
    return clamp_count(value)


def clamp_count(value: int) -> int:
    """Return the number from 0 to MAX_SIGNAL_VALUE that is nearest to *value*."""
    return min(max(value, 0), MAX_SIGNAL_VALUE)
