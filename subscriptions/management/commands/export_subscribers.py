import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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
        path: Path | None = options["output"]
        try:
            kind = options["format"]
            total = _write_to_standard_output(kind) if path is None else _write_file(path, kind)
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(_("The database is not ready (%s). Run: python manage.py migrate") % error) from error
        if path is not None:
            text = ngettext(
                "%(total)d subscriber written to %(file)s", "%(total)d subscribers written to %(file)s", total
            )
            self.stderr.write(text % {"total": total, "file": path})


def _write_to_standard_output(kind: str) -> int:
    try:
        total = WRITERS[kind](sys.stdout)
        sys.stdout.flush()
        return total
    except BrokenPipeError:
        # Whoever reads, such as `head`, has enough. What is left goes nowhere, or Python complains at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _write_file(path: Path, kind: str) -> int:
    """Write a file that is there once it is complete, and return how many subscribers it holds.

    Only its owner may read it, because it holds addresses.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with open(part, "w", encoding="utf-8", newline="", opener=_open_private) as file:
            total = WRITERS[kind](file)
        part.replace(path)
        return total
    except OSError as error:
        raise CommandError(_("%(file)s cannot be written: %(reason)s") % {"file": path, "reason": error}) from error
    finally:
        part.unlink(missing_ok=True)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
