from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from digest.management.arguments import parse_count
from digest.management.atomic_file import write_file
from digest.management.progress_bars import ProgressBars
from digest.research.json_lines import JsonLinesError
from digest.research.scitldr import read_scitldr
from digest.research.train_extractive import TooFewPapers, train_weights
from digest.summaries.extractive.weights import WEIGHTS_FILE, format_weights


class Command(BaseCommand):
    help = (
        "Train the extractive writer on abstracts with TL;DRs (SciTLDR). The same file and seed give the same weights."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--train", type=Path, required=True, metavar="FILE", help=_("SciTLDR, .jsonl or .jsonl.xz.")
        )
        parser.add_argument(
            "--out", type=Path, default=WEIGHTS_FILE, metavar="FILE", help=_("Default: the weights in use.")
        )
        parser.add_argument("--seed", type=parse_count, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        source = options["train"]
        try:
            with ProgressBars().stage("train") as tick:
                trained = train_weights(
                    read_scitldr(source), seed=options["seed"], corpus=source.name.split(".")[0], tick=tick
                )
        except (JsonLinesError, TooFewPapers) as error:
            raise CommandError(str(error)) from error
        write_file([format_weights(trained.weights)], options["out"])
        text = _("%(papers)d papers, ROUGE-1 %(score).2f by cross-validation, weights in %(file)s")
        self.stdout.write(text % {"papers": trained.papers, "score": trained.score, "file": options["out"]})
