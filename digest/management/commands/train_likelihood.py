from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from digest.management.atomic_file import write_file
from digest.management.progress_bars import ProgressBars
from digest.ranking.trending.likelihood import WEIGHTS_FILE, format_weights
from digest.research.train_likelihood import (
    HistoryError,
    cross_validate,
    make_examples,
    read_listed_ids,
    read_past_papers,
    train_likelihood,
)


class Command(BaseCommand):
    help = (
        "Train the guess which papers will be noticed, on papers of past days and a daily list of papers. "
        "The same files and seed give the same weights."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("papers", type=Path, nargs="+", metavar="PAPERS", help=_("JSON Lines, plain or .xz."))
        parser.add_argument(
            "--listed", type=Path, required=True, metavar="FILE", help=_("The papers that were noticed: JSON Lines.")
        )
        parser.add_argument(
            "--out", type=Path, default=WEIGHTS_FILE, metavar="FILE", help=_("Default: the weights in use.")
        )
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        seed = options["seed"]
        try:
            on_list = read_listed_ids(options["listed"])
            found = make_examples((each for path in options["papers"] for each in read_past_papers(path)), on_list)
        except HistoryError as error:
            raise CommandError(str(error)) from error
        with ProgressBars().stage("train") as tick:
            trained = train_likelihood(found, seed=seed, tick=tick)
        write_file([format_weights(trained)], options["out"])
        text = _("%(papers)d papers, nDCG@30 %(score).3f on days not trained on, weights in %(file)s")
        score = cross_validate(found, seed=seed)
        self.stdout.write(text % {"papers": len(found), "score": score, "file": options["out"]})
