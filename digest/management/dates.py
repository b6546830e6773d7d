"""Days on the command line."""

from argparse import ArgumentTypeError
from datetime import date

from django.utils.translation import gettext as _

from digest.days import read_day


def a_day(text: str) -> date:
    try:
        return read_day(text)
    except ValueError as error:
        raise ArgumentTypeError(_("“%(text)s” is not a date. Write it as 2026-01-23.") % {"text": text}) from error
