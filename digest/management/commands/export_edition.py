from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digest.editions.export import load_for_export, write_json_lines, write_markdown
from digest.ingest.source_factory import listing_day
from digest.management.arguments import parse_day
from digest.management.atomic_file import write_file
from digest.management.edition_command import require_edition

FORMATS = {"markdown": write_markdown, "jsonl": write_json_lines}


class Command(BaseCommand):
    help = "Write the edition of a day as a daily digest in Markdown or as JSON Lines. Both can be read in again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--date", type=parse_day, help=_("The day of the edition. Default: today, US Eastern time.")
        )
        parser.add_argument("--format", choices=tuple(FORMATS), default="markdown")
        parser.add_argument("-o", "--output", default="-", metavar="FILE", help=_("Default: standard output."))

    def handle(self, *args: Any, **options: Any) -> None:
        contents = load_for_export(require_edition(options["date"] or listing_day()))
        pieces = FORMATS[options["format"]](contents)
        if options["output"] == "-":
            for piece in pieces:
                self.stdout.write(piece, ending="")
            return
        write_file(pieces, Path(options["output"]))
        total = len(contents.papers)
        text = ngettext("%(total)d paper written to %(file)s", "%(total)d papers written to %(file)s", total)
        self.stderr.write(text % {"total": total, "file": options["output"]})
