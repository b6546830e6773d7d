import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digest.editions.version_embeddings import fill_embeddings
from digest.management.arguments import parse_day, parse_minutes
from digest.management.progress_bars import ProgressBars
from digest.models import Version


class Command(BaseCommand):
    help = (
        "Ask the embedding model (OPENAI_EMBEDDING_MODEL) for the vectors of papers that have none. Every night does so"
        " for the papers of the day and for those that readers marked."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", type=parse_day, help=_("Only papers announced on this day or later."))
        parser.add_argument(
            "--minutes", type=parse_minutes, default=60, help=_("Begin no request after so many. Default: %(default)s.")
        )
        parser.add_argument("--json", action="store_true", help=_("Print the outcome as one JSON object."))

    def handle(self, *args: Any, **options: Any) -> None:
        versions = Version.objects.all()
        if options["since"]:
            versions = Version.objects.filter(
                pk__in=Version.objects.filter(announcements__day__gte=options["since"]).values("pk")
            )
        with ProgressBars().stage("embed") as tick:
            counts = fill_embeddings(versions, tick, seconds=60.0 * options["minutes"])
        told = {"stored": counts.stored, "left": counts.left, "problem": counts.problem}
        if options["json"]:
            self.stdout.write(json.dumps({**told, **counts.use.as_json()}))
            return
        text = ngettext("%(stored)d vector stored", "%(stored)d vectors stored", counts.stored) % told
        self.stdout.write(text + (_(", %(left)d papers without one (%(problem)s)") % told if counts.left else ""))
