import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from subscriptions.exporting import write_csv, write_jsonl

WRITERS = {"csv": write_csv, "jsonl": write_jsonl}


class Command(BaseCommand):
    help = (
        "Write all subscribers as CSV or JSON Lines, in the columns that import_subscribers reads. In CSV, cells that "
        "a spreadsheet would run as a formula have an apostrophe before them; the import takes it away."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=tuple(WRITERS), default="csv")
        parser.add_argument("-o", "--output", type=Path, metavar="FILE", help=_("Default: standard output."))

    def handle(self, *args: Any, **options: Any) -> None:
        write = WRITERS[options["format"]]
        if options["output"] is None:
            write(sys.stdout)
            return
        total = _to_file(options["output"], options["format"])
        self.stderr.write(_("%(total)d subscribers written to %(file)s") % {"total": total, "file": options["output"]})


def _to_file(path: Path, kind: str) -> int:
    """The file is there when it is complete, and only its owner may read it: it holds addresses."""
    part = path.with_name(f"{path.name}.part")
    try:
        with open(part, "w", encoding="utf-8", newline="", opener=_private) as file:
            total = WRITERS[kind](file)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise CommandError(_("%(file)s cannot be written: %(reason)s") % {"file": path, "reason": error}) from error
    return total


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
