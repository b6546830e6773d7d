import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subscriptions import audit
from subscriptions.exporting import write_csv, write_jsonl

WRITERS = {"csv": write_csv, "jsonl": write_jsonl}


class Command(BaseCommand):
    help = (
        "Write all subscribers as CSV or JSON Lines, in the columns that import_subscribers reads, with their pauses, "
        "statuses and consent, and hashes of addresses that must never be written to and are nobody's here: only an "
        "installation with the same SUPPRESSION_KEY takes them. In CSV, cells that "
        "a spreadsheet would run as a formula have an apostrophe before them; the import takes it away."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=tuple(WRITERS), default="csv", help=_("Default: csv."))
        parser.add_argument(
            "--without-suppressions",
            action="store_true",
            help=_("Leave out whoever must never be written to; another installation then does not know them."),
        )
        parser.add_argument("--feedback", action="store_true", help=_("Also what readers said of papers, and saved."))
        parser.add_argument("-o", "--output", type=Path, metavar="FILE", help=_("Default: standard output."))

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path | None = options["output"]
        flags = {"suppressions": not options["without_suppressions"], "feedback": options["feedback"]}
        write = partial(WRITERS[options["format"]], **flags)
        total = _write_to_standard_output(write) if path is None else _write_file(path, write)
        audit.record_command("export_subscribers", count=total)
        if path is not None:
            text = ngettext(
                "%(total)d subscriber written to %(file)s", "%(total)d subscribers written to %(file)s", total
            )
            self.stderr.write(text % {"total": total, "file": path})


def _write_to_standard_output(write: Callable[[TextIO], int]) -> int:
    try:
        total = write(sys.stdout)
        sys.stdout.flush()
        return total
    except BrokenPipeError:
        # Whoever reads, such as `head`, has enough. What is left goes nowhere, or Python complains at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _write_file(path: Path, write: Callable[[TextIO], int]) -> int:
    """Write a file that is there once it is complete, and return how many subscribers it holds.

    Only its owner may read it, because it holds addresses.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with open(part, "w", encoding="utf-8", newline="", opener=_open_private) as file:
            total = write(file)
        part.replace(path)
        return total
    except OSError as error:
        raise CommandError(_("%(file)s cannot be written: %(reason)s") % {"file": path, "reason": error}) from error
    finally:
        part.unlink(missing_ok=True)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
