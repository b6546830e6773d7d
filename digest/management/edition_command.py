"""The base of the operator's commands about the edition of one day."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from digest.editions.find import NoEdition, find_edition
from digest.management.arguments import parse_day
from digest.models import Edition


class EditionCommand(BaseCommand):
    """Acts on the edition of one day. Exit codes: 0 done, also where there was nothing to do; 1 could not."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--date", type=parse_day, required=True, help=_("The day of the edition, such as 2026-01-23.")
        )
        parser.add_argument("--json", action="store_true", help=_("Print the outcome as one JSON object."))

    def handle(self, *args: Any, **options: Any) -> None:
        self.act(require_edition(options["date"], buildable=False), options)

    def act(self, edition: Edition, options: Mapping[str, Any]) -> None:
        raise NotImplementedError

    def print_result(self, options: Mapping[str, Any], outcome: Mapping[str, Any], *lines: str) -> None:
        """Print *outcome* with --json, else those of *lines* that are not empty."""
        text = json.dumps(outcome, ensure_ascii=False) if options["json"] else "\n".join(filter(None, lines))
        self.stdout.write(text)


def require_edition(day: date, *, buildable: bool = True) -> Edition:
    """Return the edition as `find_edition` does. Raises CommandError."""
    try:
        return find_edition(day, buildable=buildable)
    except NoEdition as missing:
        raise CommandError(str(missing)) from missing
