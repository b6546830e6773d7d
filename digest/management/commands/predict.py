from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from digest.management.atomic_file import write_file
from digest.management.predictions import PREDICTION_KINDS, write_json_lines
from digest.management.progress_bars import ProgressBars
from digest.research.json_lines import JsonLinesError
from subscriptions.filters.language import FilterError


class Command(BaseCommand):
    help = "Write what the product would say about given papers, as JSON Lines, to be scored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        kinds = parser.add_subparsers(dest="kind", required=True, metavar="|".join(PREDICTION_KINDS))
        for name, kind in PREDICTION_KINDS.items():
            sub = kinds.add_parser(name, help=kind.help)
            kind.add_arguments(sub)
            sub.add_argument("--out", default="-", metavar="FILE", help=_("Default: standard output."))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with ProgressBars().stage(options["kind"]) as tick:
                self._write(write_json_lines(PREDICTION_KINDS[options["kind"]].lines(options, tick)), options["out"])
        except (FilterError, JsonLinesError) as error:
            raise CommandError(str(error)) from error

    def _write(self, lines: Iterator[str], out: str) -> None:
        if out != "-":
            write_file(lines, Path(out))
            return
        for line in lines:
            self.stdout.write(line, ending="")
