from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digest.domain import SourceUnavailable
from digest.ingest.backfill import BackfillReport, backfill_papers
from digest.ingest.source_factory import open_arxiv, open_oai
from digest.management.arguments import parse_day
from digest.management.progress_bars import ProgressBars
from subscriptions.taxonomy.categories import expand


class Command(BaseCommand):
    help = "Bring in what arXiv announced on days gone by. Complete days are skipped, so that it can be run again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="first", type=parse_day, required=True, help=_("The first day."))
        parser.add_argument("--to", dest="last", type=parse_day, required=True, help=_("The last day."))
        parser.add_argument(
            "--set", dest="sets", nargs="+", default=[], metavar="SET", help=_("Archives or categories, such as cs.")
        )
        parser.add_argument("--again", action="store_true", help=_("Read complete days too."))

    def handle(self, *args: Any, **options: Any) -> None:
        first, last = options["first"], options["last"]
        if last < first:
            raise CommandError(_("The last day lies before the first."))
        if unknown := [name for name in options["sets"] if not expand(name)]:
            raise CommandError(_("arXiv has no %s. Name archives or categories, such as cs or hep-th.") % unknown[0])
        try:
            with ProgressBars().stage("backfill") as tick:
                done = backfill_papers(
                    first, last, open_arxiv(), open_oai(), options["sets"], again=options["again"], tick=tick
                )
        except SourceUnavailable as error:
            raise CommandError(str(error)) from error
        self.stdout.write(", ".join(_format_counts(done)))
        if done.problems:
            raise CommandError("\n".join(done.problems), returncode=3)


def _format_counts(done: BackfillReport) -> Iterator[str]:
    yield ngettext("%d day read", "%d days read", done.days) % done.days
    yield ngettext("%d left as it is", "%d left as they are", done.skipped) % done.skipped
    yield ngettext("%d paper stored", "%d papers stored", done.stored) % done.stored
