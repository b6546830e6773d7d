"""What `python manage.py` does: the commands of Django and ours, under our version, with known errors in a sentence."""

import os
import sys
from collections.abc import Sequence
from itertools import takewhile

from django.core.management import execute_from_command_line

from deploy.known_errors import KNOWN_ERRORS, describe_error
from digest.version import VERSION

PRODUCT = f"Preprint Post {VERSION}"


def main(arguments: Sequence[str]) -> None:
    """Run the command that *arguments* name, the first of which is the program's own name. May raise SystemExit.

    An error of the settings or of the machine ends it with one sentence and 1, or with its traceback where --traceback
    is asked for.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
    # What comes after -- is no option. Every command of Django would tell Django's version, as `version` does.
    options = list(takewhile(lambda word: word != "--", arguments[1:]))
    if "--version" in options:
        print(PRODUCT)
        return
    try:
        execute_from_command_line(list(arguments))
        sys.stdout.flush()  # a full disk refuses the last lines only now
    except BrokenPipeError:  # whoever reads through a pipe, such as `head`, has enough: that is no error
        _give_up_output()
        sys.exit(1)
    except KNOWN_ERRORS as error:
        sentence = describe_error(error)
        if not sentence or "--traceback" in options:
            raise
        _give_up_output()
        sys.exit(sentence)


def _give_up_output() -> None:
    """Let what cannot be written go nowhere: Python would complain of it at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
