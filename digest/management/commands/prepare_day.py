from collections.abc import Mapping
from datetime import date
from typing import Any

from digest import scheduler
from digest.domain import Source
from digest.management.day_command import DayCommand
from digest.run import ProgressDisplay, Report


class Command(DayCommand):
    help = "Prepare a day and send nothing: fetch, signals, build, summarise. Then deliver_due sends at each hour."
    stages = ("fetch", "signals", "build", "summarise")

    def run_day(self, day: date, source: Source, watch: ProgressDisplay, options: Mapping[str, Any]) -> Report:
        if options["dry_run"]:
            return super().run_day(day, source, watch, options)
        return scheduler.prepare_day(day, source, watch)
