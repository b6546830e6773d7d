"""The evenings without an announcement: computed, not listed. What arXiv does announce wins over this calendar.

arXiv announces from Sunday to Thursday, 20:00 US Eastern, and leaves out most US holidays; it names them anew each year
(https://info.arxiv.org/help/availability.html). A listing is dated with the day after that evening.
"""

from datetime import date, timedelta

from digest.dates import ONE_DAY

MONDAY, THURSDAY = 0, 3


def is_without_listing(day: date) -> bool:
    """Return whether no listing is expected to be dated *day*: the evening before brings none."""
    return day.weekday() > 4 or is_holiday(day - ONE_DAY)


def may_be_silent(day: date) -> bool:
    """Return whether *day* may pass without a listing: also a holiday itself, if arXiv left out the evening before."""
    return is_without_listing(day) or is_holiday(day)


def is_holiday(day: date) -> bool:
    """Return whether *day* is a US holiday on which arXiv does not announce, or the Monday after one on a Sunday."""
    fixed = {(1, 1), (6, 19), (7, 4), (12, 25)}
    before = day - ONE_DAY
    return (
        (day.month, day.day) in fixed
        or (day.weekday() == MONDAY and (before.month, before.day) in fixed)
        or day in _floating_holidays(day.year)
    )


def _floating_holidays(year: int) -> tuple[date, ...]:
    return (
        _nth_weekday(year, 1, MONDAY, 3),  # Martin Luther King
        _nth_weekday(year, 6, MONDAY, 1) - timedelta(days=7),  # Memorial Day: the last Monday in May
        _nth_weekday(year, 9, MONDAY, 1),  # Labor Day
        _nth_weekday(year, 11, THURSDAY, 4),  # Thanksgiving
    )


def _nth_weekday(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))
