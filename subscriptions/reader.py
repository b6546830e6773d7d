"""Defines Reader, which is all that the digest may know about a subscriber. No Django here."""

from datetime import date
from typing import NamedTuple

from subscriptions.preference_defaults import (
    DEFAULT_DAYS,
    DEFAULT_DETAIL,
    DEFAULT_HOUR,
    DEFAULT_LANGUAGE,
    DEFAULT_MINIMUM,
    DEFAULT_PAPERS,
    DEFAULT_TIMEZONE,
)


class Reader(NamedTuple):
    """A subscriber as the digest knows them."""

    id: int
    email: str
    categories: tuple[str, ...] = ()
    # Filters in the language of filters/language.py, already checked; those that the reader switched off are missing.
    filters: tuple[str, ...] = ()
    language: str = DEFAULT_LANGUAGE
    timezone: str = DEFAULT_TIMEZONE
    hour: int = DEFAULT_HOUR
    papers: int = DEFAULT_PAPERS
    minimum: int = DEFAULT_MINIMUM
    detail: str = DEFAULT_DETAIL
    # Part of the reader's signed links; another one makes them void.
    epoch: int = 0
    # Part of the reader's unsubscribe links, which never become void.
    key: int = 0
    # The days of the week that they chose, as bits: Monday is 1.
    days: int = DEFAULT_DAYS
    # The first day on which they get letters again; None if they never paused.
    paused_until: date | None = None
    # How much the attention that papers get counts: `none`, `some` or `much`.
    popularity: str = "none"
    # Families of the score that do not count for them: see `signal_switches.list_families_off`.
    switched_off: tuple[str, ...] = ()
