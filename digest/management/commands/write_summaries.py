from argparse import ArgumentParser
from typing import Any

from digest.management.day import DayCommand
from digest.management.progress import StderrWatch
from digest.summaries.asking import backfill


class Command(DayCommand):
    help = "Write the summaries that the readers of a day will see."
    stages = ("summarise",)

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--backfill", action="store_true", help="Ask the model again for summaries it still owes.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["backfill"]:
            self._backfill()
        else:
            super().handle(*args, **options)

    def _backfill(self) -> None:
        with StderrWatch().stage("backfill") as tick:
            written = len(backfill(tick).written)
        self.stdout.write(f"{written} summaries written by the model")
