"""Computes when a reader's letter is due: at their hour, by their own clock. No Django here."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from subscriptions.preference_defaults import WORKDAYS

# An edition that is ready at most this long after a reader's hour still goes out at once and not a day later.
MAX_DELAY_OF_EDITION = timedelta(hours=3)
A_WEEK = timedelta(days=7)
FRIDAY = 4

# From when on the readers of a time zone and hour may have their letters.
DueTime = Callable[[str, int], datetime]


def list_hour_groups(zones: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Return all (time zone, hour) pairs of these zones."""
    return product(zones, range(24))


def find_due_groups(
    pairs: Iterable[tuple[str, int]], due_at: DueTime, now: datetime, *, after: datetime | None = None
) -> set[tuple[str, int]]:
    """Return the (time zone, hour) pairs whose readers may have their letters by now, which are due by *due_at*.

    With *after*, return only those who might not have them by then.
    """
    moments = ((pair, due_at(*pair)) for pair in pairs)
    return {pair for pair, moment in moments if moment <= now and (after is None or moment > after)}


def compute_due_time(zone: str, hour: int, frozen_at: datetime) -> datetime:
    """Return the first moment from *frozen_at* on at which clocks in *zone* read *hour*:00, in UTC.

    Where the clocks skip that hour it is the moment of the jump; where they show it twice, the first time. An edition
    that comes at most MAX_DELAY_OF_EDITION after the hour is due at once.
    """
    local = frozen_at.astimezone(_get_zone(zone))
    today = local.replace(hour=hour, minute=0, second=0, microsecond=0, fold=0)
    moment = today.astimezone(UTC)
    if moment >= frozen_at:
        return moment
    if frozen_at - moment <= MAX_DELAY_OF_EDITION:
        return frozen_at.astimezone(UTC)
    return (today + timedelta(days=1)).astimezone(UTC)


def compute_time_on(zone: str, hour: int, day: date) -> datetime:
    """Return when clocks in *zone* read *hour*:00 on *day*, in UTC; see `compute_due_time` for hours that they skip."""
    return datetime.combine(day, time(hour), _get_zone(zone)).astimezone(UTC)


def find_next_letter_time(
    zone: str, hour: int, days: int, now: datetime, *, after: date | None = None
) -> datetime | None:
    """Return the next local time at which clocks in *zone* read *hour*:00 on one of the *days* (bits, Monday is 1).

    With *after*, the day of the last letter, it is a later day. A weekend day counts where no day since Friday is
    chosen: arXiv announces nothing after Friday's papers, so a letter has brought them already. None for no days.
    """
    local = now.astimezone(_get_zone(zone)).replace(minute=0, second=0, microsecond=0, fold=0)
    moments = (local.replace(hour=hour) + timedelta(days=ahead) for ahead in range(8))
    since_friday = days >> FRIDAY << FRIDAY
    letter_days = days & WORKDAYS | since_friday & -since_friday
    later = (at for at in moments if at > now and (after is None or at.date() > after))
    return next((at for at in later if letter_days & 1 << at.weekday()), None)


def find_previous_letter_day(days: int, day: date) -> date:
    """Return the last of the chosen *days* of the week (bits, Monday is 1) before *day*; at most a week before."""
    return next((at for at in (day - timedelta(n) for n in range(1, 7)) if days & 1 << at.weekday()), day - A_WEEK)


def _get_zone(zone: str) -> ZoneInfo:
    """Return the zone, or UTC where this machine does not know it: better a letter at another hour than none."""
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
