from argparse import ArgumentParser
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from digest.domain import ProgressCallback
from digest.management.atomic_file import write_file
from digest.management.progress_bars import ProgressBars
from digest.ranking.text.paper_vector import count_terms
from digest.ranking.text.term_rarity import RARITY_FILE, format_rarity, measure_rarity
from digest.research.json_lines import JsonLinesError
from digest.research.past_days import PastPaper, read_past_papers
from subscriptions.filters.language import tokens


class Command(BaseCommand):
    help = "Count how rare words and pairs of words are among papers. The same papers give the same table."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("papers", type=Path, nargs="+", metavar="PAPERS", help=_("JSON Lines, plain or .xz."))
        parser.add_argument(
            "--out", type=Path, default=RARITY_FILE, metavar="FILE", help=_("Default: the table in use.")
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            papers = {each.arxiv_id: each for path in options["papers"] for each in read_past_papers(path)}
        except JsonLinesError as error:
            raise CommandError(str(error)) from error
        if not papers:
            raise CommandError(_("The files hold no papers."))
        with ProgressBars().stage("train") as tick:
            rarity = measure_rarity(_iterate_terms(list(papers.values()), tick))
        write_file([format_rarity(rarity)], options["out"])
        self.stdout.write(_("%(papers)d papers, table in %(file)s") % {"papers": len(papers), "file": options["out"]})


def _iterate_terms(papers: Sequence[PastPaper], tick: ProgressCallback) -> Iterator[Iterable[int]]:
    for done, paper in enumerate(papers, start=1):
        yield count_terms(tokens(paper.title), tokens(paper.abstract))
        tick(done, len(papers))
