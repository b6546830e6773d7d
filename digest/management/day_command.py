"""The base of the commands about a day: their flags, how they print, how they end."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from digest.domain import Outlook, Source, SourceUnavailable
from digest.editions.find import NoEdition
from digest.ingest.source_factory import listing_day, open_source
from digest.management.arguments import parse_day
from digest.management.exit_codes import end_command
from digest.management.progress_bars import ProgressBars
from digest.management.report_text import format_report
from digest.pipeline import Stage, run_stages
from digest.run import ProgressDisplay, Report
from digest.sentences import join_reasons


class DayCommand(BaseCommand):
    """Runs some stages of a day. How it ends: exit_codes.py and docs/operator-messages.md."""

    stages: tuple[Stage, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--date", type=parse_day, help=_("The day of the listing. Default: today, US Eastern time.")
        )
        parser.add_argument(
            "--source",
            nargs="+",
            default=["arxiv"],
            metavar="SOURCE",
            help=_("arxiv (default), sample, or files: a daily digest, JSON Lines, or arXiv Atom."),
        )
        parser.add_argument("--dry-run", action="store_true", help=_("Do everything but keep and send nothing."))
        parser.add_argument("--json", action="store_true", help=_("Print the report as one JSON object."))

    def handle(self, *args: Any, **options: Any) -> None:
        report = self._run(options)
        text = json.dumps(report.as_json(), ensure_ascii=False) if options["json"] else "\n".join(format_report(report))
        self.stdout.write(text)
        end_command(report.outlook, _describe_end(report))

    def _run(self, options: dict[str, Any]) -> Report:
        day = options["date"] or listing_day()
        try:
            return self.run_day(day, open_source(options["source"]), ProgressBars(), options)
        except NoEdition as missing:
            if missing.without_papers is None:
                raise CommandError(str(missing)) from missing
            return Report(day, dry_run=options["dry_run"], without_papers=missing.without_papers.as_json())
        except SourceUnavailable as error:
            raise CommandError(str(error)) from error

    def run_day(self, day: date, source: Source, watch: ProgressDisplay, options: Mapping[str, Any]) -> Report:
        """Run the command's stages of *day* and return the report. Commands that do more override it."""
        return run_stages(day, source, self.stages, watch=watch, dry_run=options["dry_run"])


def _describe_end(report: Report) -> str:
    """Return the last sentence: what somebody must do, or what goes on by itself."""
    if report.outlook == Outlook.ACT:
        return _("Somebody must act: %s") % join_reasons(report.to_do)
    is_why = report.without_papers.get("outlook") == Outlook.WAIT
    without_papers = [report.without_papers["words"]] if is_why else []
    return _("It goes on by itself: %s") % join_reasons([*without_papers, *report.passing_problems])
