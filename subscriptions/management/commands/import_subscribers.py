import json
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from subscriptions.importing.file_rows import RefusedRow, UnreadableFile
from subscriptions.importing.import_file import ImportReport, Tick, import_file

# Of refused rows in the JSON report; stderr gets all of them.
MAX_LISTED_ROWS = 1000


class Command(BaseCommand):
    help = (
        "Import subscribers from CSV or JSON Lines. Columns: email and query or categories; and, if wanted, language, "
        "timezone, hour, days, papers, minimum, detail, consent_at, status. Several filters in one query stand on "
        "lines of their own or between ||. For somebody known a row changes the columns that the file has; what they "
        "changed themselves since the file was written stays, unless --overwrite is given. "
        "Exit codes: 0 all rows taken, 1 some refused, 130 stopped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help=_("Check and count, but store nothing."))
        parser.add_argument("--overwrite", action="store_true", help=_("Also replace what readers changed since."))
        parser.add_argument("--json", action="store_true", help=_("Print the report as one JSON object."))

    def handle(self, *args: Any, **options: Any) -> None:
        report, refused = ImportReport(), list[RefusedRow]()
        is_stopped = self._import(report, refused, options)
        if options["json"]:
            listed = [asdict(row) for row in refused]
            self.stdout.write(json.dumps({**asdict(report), "refused_rows": listed}, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_describe_report(report, dry_run=options["dry_run"])))
        if is_stopped:
            raise CommandError(_("Stopped. What is stored stays; run it again to go on."), returncode=130)
        if report.refused:
            raise CommandError(_("Some rows were refused; the reasons stand above."), returncode=1)

    def _import(self, report: ImportReport, refused: list[RefusedRow], options: dict[str, Any]) -> bool:
        """Import the file and return whether somebody stopped it."""

        def refuse(row: RefusedRow) -> None:
            self.stderr.write(_("line %(line)d: %(reason)s") % {"line": row.line, "reason": row.reason})
            refused.extend([row] if len(refused) < MAX_LISTED_ROWS else [])

        try:
            with _show_progress() as tick:
                flags = {name: options[name] for name in ("dry_run", "overwrite")}
                import_file(options["file"], report, refused=refuse, tick=tick, **flags)
        except UnreadableFile as error:
            raise CommandError(str(error)) from error
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(_("The database is not ready (%s). Run: python manage.py migrate") % error) from error
        except KeyboardInterrupt:
            return True
        return False


@contextmanager
def _show_progress() -> Iterator[Tick]:
    """Show a bar on stderr until the work is done, and nothing at all where nobody watches."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("import", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _describe_report(report: ImportReport, *, dry_run: bool) -> Iterator[str]:
    """Yield the lines of the report."""
    if dry_run:
        yield _("Dry run: nothing was stored.")
    counted = ngettext(
        "%(rows)d row: %(added)d added, %(changed)d changed, %(same)d the same, %(refused)d refused",
        "%(rows)d rows: %(added)d added, %(changed)d changed, %(same)d the same, %(refused)d refused",
        report.rows,
    )
    yield counted % asdict(report)
    yield from _describe_rows_left_alone(report)
    if report.unknown_columns:
        yield _("Columns that were ignored: %s") % ", ".join(report.unknown_columns)
    if report.notes:
        yield _("Filters that were taken, but may not mean what was meant:")
        yield from report.notes
    if not report.finished:
        yield _("Stored up to line %d") % report.stored_to


def _describe_rows_left_alone(report: ImportReport) -> Iterator[str]:
    """Yield one sentence for each number of rows that need an explanation."""
    if count := report.kept:
        yield (
            ngettext(
                "%d changed their wishes since the file was written and was left alone",
                "%d changed their wishes since the file was written and were left alone",
                count,
            )
            % count
        )
    if count := report.left_alone:
        yield (
            ngettext("%d has unsubscribed and was left alone", "%d have unsubscribed and were left alone", count)
            % count
        )
    if count := report.suppressed:
        yield (
            ngettext(
                "%d must never be written to and was left alone",
                "%d must never be written to and were left alone",
                count,
            )
            % count
        )
    if count := report.repeated:
        yield (
            ngettext(
                "%d address came again further down; its last row counts",
                "%d addresses came again further down; their last row counts",
                count,
            )
            % count
        )
    if report.attested:
        yield _("%d came without consent_at: you vouch that they agreed, as of now") % report.attested
