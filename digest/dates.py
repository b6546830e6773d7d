"""Days as people write them, on the command line and in addresses."""

from datetime import date

# arXiv began in August 1991; the other end keeps arithmetic with days safe.
FIRST_DAY, LAST_DAY = date(1991, 8, 14), date(2199, 12, 31)


def read_day(text: str) -> date:
    """Only 2026-01-23: Python would take 20260123 and 2026-W04-5 too, and one day would have several addresses.

    Raises ValueError.
    """
    day = date.fromisoformat(text)
    if day.isoformat() != text:
        raise ValueError(f"{text!r} is not written as {day}")
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"{text!r} is outside of {FIRST_DAY} to {LAST_DAY}")
    return day
