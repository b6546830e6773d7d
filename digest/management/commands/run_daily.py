from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from digest import scheduler
from digest.domain import Source
from digest.management.arguments import parse_minutes
from digest.management.day_command import DayCommand
from digest.pipeline import run_day
from digest.run import ProgressDisplay, Report

DEFAULT_WAIT_MINUTES = 30


class Command(DayCommand):
    help = (
        "Run a whole day: fetch, signals, build, pick, summarise, send, reconcile. Letters of other editions that wait "
        "are tried again too, and account requests, reminders and owed summaries are seen to."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--wait",
            type=parse_minutes,
            default=DEFAULT_WAIT_MINUTES,
            metavar="MINUTES",
            help=_(
                "Wait so long in all for the next attempts at letters that a mail server puts off (default: 30). Ctrl-C"
                " ends the waiting; the next run tries them again."
            ),
        )

    def run_day(self, day: date, source: Source, watch: ProgressDisplay, options: Mapping[str, Any]) -> Report:
        if options["dry_run"]:
            return run_day(day, source, watch=watch, dry_run=True)
        return scheduler.run_daily(day, source, timezone.now(), timedelta(minutes=options["wait"]), watch)
