from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digest.editions.export import json_lines, markdown, whole
from digest.ingest.source_factory import listing_day
from digest.management.arguments import a_day
from digest.management.atomic_file import save
from digest.management.edition_command import the_edition

FORMATS = {"markdown": markdown, "jsonl": json_lines}


class Command(BaseCommand):
    help = "Write the edition of a day as a daily digest in Markdown or as JSON Lines. Both can be read in again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--date", type=a_day, help=_("The day of the edition. Default: today, US Eastern time."))
        parser.add_argument("--format", choices=tuple(FORMATS), default="markdown")
        parser.add_argument("-o", "--output", default="-", metavar="FILE", help=_("Default: standard output."))

    def handle(self, *args: Any, **options: Any) -> None:
        contents = whole(the_edition(options["date"] or listing_day()))
        pieces = FORMATS[options["format"]](contents)
        if options["output"] == "-":
            for piece in pieces:
                self.stdout.write(piece, ending="")
            return
        save(pieces, Path(options["output"]))
        total = len(contents.papers)
        said = ngettext("%(total)d paper written to %(file)s", "%(total)d papers written to %(file)s", total)
        self.stderr.write(said % {"total": total, "file": options["output"]})
