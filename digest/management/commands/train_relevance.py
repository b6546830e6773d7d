from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from digest.management.arguments import parse_count
from digest.management.atomic_file import write_file
from digest.management.progress_bars import ProgressBars
from digest.ranking.personal.relevance import WEIGHTS_FILE, format_weights
from digest.ranking.shipped_figures import format_relevance_file, list_relevance_rows, relevance_file
from digest.research.json_lines import JsonLinesError
from digest.research.past_days import read_past_papers
from digest.research.past_readers import read_readers
from digest.research.train_relevance import TooFewReaders, measure_variants, train_relevance


class Command(BaseCommand):
    help = (
        "Train the weights of the personal score on readers and authors of papers of past days, tested in folds. "
        "The same files and seed give the same weights."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("papers", type=Path, nargs="+", metavar="PAPERS", help=_("JSON Lines, plain or .xz."))
        parser.add_argument(
            "--users",
            type=Path,
            required=True,
            metavar="FILE",
            help=_("Readers and what they chose: JSON Lines. Each is tested by weights trained without them."),
        )
        parser.add_argument(
            "--out", type=Path, default=WEIGHTS_FILE, metavar="FILE", help=_("Default: the weights in use.")
        )
        parser.add_argument("--seed", type=parse_count, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            papers = [each for path in options["papers"] for each in read_past_papers(path)]
            readers = list(read_readers(options["users"]))
            with ProgressBars().stage("train") as tick:
                trained = train_relevance(papers, readers, options["seed"], tick)
        except (JsonLinesError, TooFewReaders) as error:
            raise CommandError(str(error)) from error
        write_file([format_weights(trained.shipped)], options["out"])
        self.stdout.write(_("Weights in %(file)s") % {"file": options["out"]})
        with ProgressBars().stage("test") as tick:
            figures = measure_variants(papers, readers, trained, tick=tick)
        write_file([format_relevance_file(figures)], relevance_file(options["out"]))
        self.stdout.write("\n".join(list_relevance_rows(figures)))
