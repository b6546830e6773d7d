import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _

from digest import scheduler
from digest.management.exit_codes import end_command
from digest.management.report_text import format_delivered
from digest.sentences import join_reasons


class Command(BaseCommand):
    help = (
        "For cron, every ten minutes: plan and send the letters of readers whose hour has come, try again what was put "
        "off, and do what else is due: account requests, reminders, deletion of old records, summaries owed. "
        "Exit codes: docs/cron.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help=_("Print the outcome as one JSON object."))

    def handle(self, *args: Any, **options: Any) -> None:
        delivered = scheduler.deliver_due(timezone.now())
        text = json.dumps(delivered.as_json(), ensure_ascii=False)
        self.stdout.write(text if options["json"] else "\n".join(format_delivered(delivered)))
        end_command(delivered.outlook, join_reasons(delivered.problems))
