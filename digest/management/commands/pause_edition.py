from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from digest.delivery.pause import describe_waiting, pause_edition
from digest.management.edition_command import EditionCommand
from digest.models import Edition
from subscriptions import audit


class Command(EditionCommand):
    help = "Hold back the letters of an edition that have not gone out. Letters in flight are finished."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", default="", help=_("Why: the report and the admin show it."))

    def act(self, edition: Edition, options: Mapping[str, Any]) -> None:
        state = pause_edition(edition, options["reason"], timezone.now())
        audit.record_command("pause_edition", edition)
        text = (
            _("The edition of %(day)s is paused: %(reason)s")
            if state.changed
            else _("The edition of %(day)s was paused already: %(reason)s")
        )
        words = {"day": edition.day, "reason": state.reason}
        how_to_resume = _("To go on: python manage.py resume_edition --date %(day)s") % words
        self.print_result(options, state.as_json(), text % words, describe_waiting(state), how_to_resume)
