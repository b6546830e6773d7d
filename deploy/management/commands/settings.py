import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _


class Command(BaseCommand):
    help = (
        "Show every setting in force and where it comes from: the environment, .env, the default, or a file of"
        " PREPRINT_POST_HOME. Keys, passwords and users are hidden. What each means: .env.example."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help=_("Print one JSON object."))

    def handle(self, *args: Any, **options: Any) -> None:
        found = settings.SETTINGS_IN_FORCE
        if options["json"]:
            told = {each.name: {"value": each.shown, "from": each.origin} for each in found}
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        names, values = (max(len(each[place]) for each in found) for place in (0, 1))
        for each in found:
            shown = " ".join(each.shown.split()) or _("(empty)")
            self.stdout.write(f"{each.name:<{names}}  {shown:<{min(values, 60)}}  {each.origin}")
