import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digest.delivery.providers import registry
from digest.models import Run
from subscriptions import audit
from subscriptions.services import suppression
from subscriptions.services.suppression import SuppressionReason


class Command(BaseCommand):
    help = (
        "Let letters go again to addresses that were given up: all that one run gave up, all that rest, or one of them."
        " Complaints stay, and so do addresses of imported block lists. Exit codes: docs/operator-messages.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--run", type=int, help=_("The number of the run, as the list of suppressions shows it."))
        which.add_argument("--worn-out", action="store_true", help=_("All addresses that rest after many refusals."))
        which.add_argument("--address", help=_("One address."))
        parser.add_argument("--json", action="store_true", help=_("Print the outcome as one JSON object."))

    def handle(self, *args: Any, **options: Any) -> None:
        count = self._lift(options)
        which = next(name for name in ("run", "worn_out", "address") if options[name])
        audit.record_command(f"undo_suppressions --{which.replace('_', '-')}", count=count)
        if options["json"]:
            self.stdout.write(json.dumps({"lifted": count}))
        elif not count and options["address"] and suppression.is_suppressed(options["address"]):
            self.stdout.write(
                _("This address stays as it is: its reader complained, or it came in as one never to be written to.")
            )
        elif not count:
            self.stdout.write(_("There was nothing to undo."))
        else:
            text = ngettext("%(count)d address gets letters again.", "%(count)d addresses get letters again.", count)
            self.stdout.write(text % {"count": count})
            if advice := registry.describe_suppression_list():
                self.stdout.write(advice)

    def _lift(self, options: dict[str, Any]) -> int:
        if options["address"]:
            return int(suppression.lift(options["address"]))
        if options["worn_out"]:
            return suppression.lift_all(reason=SuppressionReason.WORN_OUT)
        if not Run.objects.filter(id=options["run"]).exists():
            raise CommandError(_("There is no run %s.") % options["run"])
        return suppression.lift_all(run=options["run"])
