from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from digest.management.arguments import parse_count
from digest.management.atomic_file import write_file
from digest.management.progress_bars import ProgressBars
from digest.ranking.shipped_figures import PROMISE_FILE, PromiseFigures, format_promise_file, list_promise_rows
from digest.ranking.trending.promise import WEIGHTS_FOLDER, format_model
from digest.research.json_lines import JsonLinesError
from digest.research.past_days import read_list_entries, read_past_papers
from digest.research.promise_figures import measure_promise
from digest.research.train_promise import TooFewListed, TrainingSet, describe_training, train_promise


class Command(BaseCommand):
    help = (
        "Train the estimate which papers will be noticed, on papers of past days and a public daily list. "
        "The same files and seed give the same weights."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("papers", type=Path, nargs="+", metavar="PAPERS", help=_("JSON Lines, plain or .xz."))
        parser.add_argument(
            "--hf", type=Path, nargs="+", required=True, metavar="HF", help=_("The public list: JSON Lines.")
        )
        parser.add_argument(
            "--out", type=Path, default=WEIGHTS_FOLDER, metavar="FOLDER", help=_("Default: the weights in use.")
        )
        parser.add_argument("--seed", type=parse_count, default=1)
        parser.add_argument(
            "--evaluate",
            action="store_true",
            help=_(
                "Write no weights, but the figures on weeks that were not trained on, and print them (half an hour)."
            ),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            papers = [each for path in options["papers"] for each in read_past_papers(path)]
            list_entries = read_list_entries(options["hf"])
            training = TrainingSet(papers, list_entries, options["seed"])
            if options["evaluate"]:
                with ProgressBars().stage("evaluate") as tick:
                    figures = PromiseFigures(describe_training(training), list(measure_promise(training, tick)))
                write_file([format_promise_file(figures)], options["out"] / PROMISE_FILE)
                self.stdout.write("\n".join(list_promise_rows(figures)))
                return
            with ProgressBars().stage("train") as tick:
                model = train_promise(training, tick)
        except (JsonLinesError, TooFewListed) as error:
            raise CommandError(str(error)) from error
        for name, text in format_model(model).items():
            write_file([text], options["out"] / name)
        text = _("%(papers)d papers, %(listed)d of them listed, weights in %(folder)s")
        self.stdout.write(text % {**model.made, "folder": options["out"]})
