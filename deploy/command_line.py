"""What `python manage.py` does: the commands of Django and ours, under our version."""

import os
import sys
from collections.abc import Sequence
from itertools import takewhile

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from digest import __version__

VERSION = f"Preprint Post {__version__}"


def main(arguments: Sequence[str]) -> None:
    """Run the command that *arguments* name, the first of which is the program's own name. May raise SystemExit."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.settings")
    # What comes after -- is no option. Every command of Django would tell Django's version, as `version` does.
    if "--version" in takewhile(lambda word: word != "--", arguments[1:]):
        print(VERSION)
        return
    try:
        execute_from_command_line(list(arguments))
    except ImproperlyConfigured as error:
        sys.exit(f"The settings are not right yet. {error}")
