import json
import re
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from subscriptions import audit, validators
from subscriptions.importing.columns import normalise_name
from subscriptions.importing.file_rows import RefusedRow, UnreadableFile
from subscriptions.importing.import_file import ImportReport, Options, Tick, import_sources
from subscriptions.importing.layout import DecisionNeeded, Instructions, parse_mapping
from subscriptions.importing.source_files import open_sources
from subscriptions.services.imported_confirmations import MAX_ASKED_PER_HOUR

# Of refused rows in the JSON report; stderr gets all of them.
MAX_LISTED_ROWS = 1000


class Command(BaseCommand):
    help = (
        "Import subscribers from CSV or JSON Lines, or a ZIP archive of them: our own exports, those of listmonk, "
        "Mailchimp, Ghost, Substack, Buttondown, MailerLite and Keila, and plain lists; docs/moving.md says what is "
        "taken from each. Our columns: email and query or categories; and, if wanted, language, timezone, hour, days, "
        "papers, minimum, detail, consent_at, status, paused_until. Several filters in one query stand on lines of "
        "their own or between ||. Nobody whom a file shows to have left, bounced or complained becomes active. For "
        "somebody known a row changes the columns that the file has; what they changed themselves since the file was "
        "written stays, unless --overwrite is given. Exit codes: 0 all rows taken, 1 some refused or nothing stored, "
        "130 stopped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help=_("- is standard input."))
        parser.add_argument(
            "--categories", metavar="CODES", default="", help=_("For whoever has no interests, such as cs.LG,stat.ML.")
        )
        parser.add_argument(
            "--map", action="append", default=[], metavar="COLUMN=FIELD", help=_("What a column means; may come again.")
        )
        parser.add_argument(
            "--ignore-column", action="append", default=[], metavar="NAME", help=_("A column that means nothing.")
        )
        parser.add_argument(
            "--status",
            choices=("active", "pending", "unsubscribed", "suppressed"),
            default="",
            help=_("What everybody in the files is, unless a row says worse."),
        )
        parser.add_argument(
            "--no-pending", action="store_true", help=_("Refuse whoever has not confirmed, instead of asking them.")
        )
        parser.add_argument(
            "--mend-filters",
            action="store_true",
            help=_("Write filters as they were probably meant: a list one per line, a person as author."),
        )
        parser.add_argument("--yes", action="store_true", help=_("Take a file that does not show who left."))
        parser.add_argument("--dry-run", action="store_true", help=_("Check and count, but store nothing."))
        parser.add_argument("--overwrite", action="store_true", help=_("Also replace what readers changed since."))
        parser.add_argument("--json", action="store_true", help=_("Print the report as one JSON object."))

    def handle(self, *args: Any, **options: Any) -> None:
        report, refused = ImportReport(), list[RefusedRow]()
        is_stopped = self._import(report, refused, options)
        if not options["dry_run"]:
            audit.record_command("import_subscribers", count=report.added + report.changed)
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
        """Import the files and return whether somebody stopped it."""

        def refuse(row: RefusedRow) -> None:
            place = f"{row.file}, " if row.file else ""
            self.stderr.write(place + _("line %(line)d: %(reason)s") % {"line": row.line, "reason": row.reason})
            refused.extend([row] if len(refused) < MAX_LISTED_ROWS else [])

        try:
            with _show_progress() as tick, open_sources(options["files"]) as sources:
                import_sources(sources, report, _read_options(options), refused=refuse, tick=tick)
        except (UnreadableFile, DecisionNeeded) as error:
            raise CommandError(str(error)) from error
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        except KeyboardInterrupt:
            return True
        return False


def _read_options(options: dict[str, Any]) -> Options:
    """Return what the command line says. Raises ValidationError."""
    instructions = Instructions(
        mapped=parse_mapping(options["map"]),
        ignored=frozenset(normalise_name(name) for name in options["ignore_column"]),
        status=options["status"],
        is_accepted=options["yes"],
    )
    codes = [code for code in re.split(r"[,;\s]+", options["categories"]) if code]
    return Options(
        instructions,
        dry_run=options["dry_run"],
        overwrite=options["overwrite"],
        no_pending=options["no_pending"],
        categories=validators.clean_categories(codes),
        mend_filters=options["mend_filters"],
    )


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
    for file, service in report.recognised.items():
        yield _("%(file)s was read as: %(service)s") % {"file": file, "service": service}
    yield from report.gaps
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
                "%d must never be written to",
                "%d must never be written to",
                count,
            )
            % count
        )
    if count := report.deleted:
        yield (
            ngettext(
                "%d deleted their data before, here or where the file is from, and was left alone",
                "%d deleted their data before, here or where the file is from, and were left alone",
                count,
            )
            % count
        )
    if count := report.repeated:
        yield (
            ngettext(
                "%d row more of the same person: one that says they left counts, or else the last",
                "%d rows more of the same people: one that says they left counts, or else the last",
                count,
            )
            % count
        )
    if count := report.unsubscribed:
        yield ngettext("%d left elsewhere and gets no letters", "%d left elsewhere and get no letters", count) % count
    if count := report.not_subscribed:
        yield (
            ngettext(
                "%d never signed up there, as far as the file shows, and was not taken",
                "%d never signed up there, as far as the file shows, and were not taken",
                count,
            )
            % count
        )
    if count := report.pending:
        yield (
            ngettext(
                "%d has not confirmed yet and is asked to, at most %d an hour",
                "%d have not confirmed yet and are asked to, at most %d an hour",
                count,
            )
            % (count, MAX_ASKED_PER_HOUR)
        )
    if report.attested:
        yield _("%d came without consent_at: you vouch that they agreed, as of now") % report.attested
