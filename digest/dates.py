"""Days: how people write them, on the command line and in addresses, and which of them there are."""

from datetime import date, timedelta

ONE_DAY = timedelta(days=1)

# arXiv began on 14 August 1991; the other end keeps arithmetic with days safe.
FIRST_DAY, LAST_DAY = date(1991, 8, 14), date(2199, 12, 31)


def parse_day(text: str) -> date:
    """Return the day that is written as 2026-01-23, and in no other way, so that a day has one address.

    Raises ValueError for everything else (Python would also take 20260123 and 2026-W04-5), and for days of which
    arXiv has no listing.
    """
    day = date.fromisoformat(text)
    if day.isoformat() != text:
        raise ValueError(f"{text!r} is not written as {day}")
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"{text!r} is outside of {FIRST_DAY} to {LAST_DAY}")
    return day
