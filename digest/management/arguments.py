"""Days and numbers on the command line."""

from argparse import ArgumentTypeError
from datetime import date

from django.utils.translation import gettext as _

from digest import dates


def parse_day(text: str) -> date:
    try:
        return dates.parse_day(text)
    except ValueError as error:
        raise ArgumentTypeError(_("“%(text)s” is not a date. Write it as 2026-01-23.") % {"text": text}) from error


def parse_day_count(text: str) -> int:
    # Length first: int() of a very long text takes long, and Python refuses it.
    if text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= 3660:
        return int(text)
    raise ArgumentTypeError(_("“%(text)s” is not a number of days. Write it as 7.") % {"text": text})


def parse_count(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return int(text)
    raise ArgumentTypeError(_("“%(text)s” is not a number from 0 to 999999999. Write it as 5.") % {"text": text})


def parse_number_kept(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 4 and int(text) >= 1:
        return int(text)
    raise ArgumentTypeError(_("“%(text)s” is not a number from 1 to 9999. Write it as 14.") % {"text": text})


def parse_minutes(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 4 and int(text) <= 1440:
        return int(text)
    raise ArgumentTypeError(_("“%(text)s” is not a number of minutes from 0 to 1440. Write it as 30.") % {"text": text})
