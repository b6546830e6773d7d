"""Days on the command line."""

from argparse import ArgumentTypeError
from datetime import date

from django.utils.translation import gettext as _

from digest.dates import read_day


def parse_day(text: str) -> date:
    try:
        return read_day(text)
    except ValueError as error:
        raise ArgumentTypeError(_("“%(text)s” is not a date. Write it as 2026-01-23.") % {"text": text}) from error


def parse_day_count(text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text[:5]) <= 3660:
        return int(text[:5])
    raise ArgumentTypeError(_("“%(text)s” is not a number of days. Write it as 7.") % {"text": text})
