from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from digest.delivery.approval import ask_for_approval
from digest.delivery.pause import describe_waiting, resume_edition
from digest.management.edition_command import EditionCommand
from digest.models import Edition
from subscriptions import audit


class Command(EditionCommand):
    help = (
        "Let the letters of an edition go that waits for approval, or with --ask let it wait for one, as APPROVAL=1"
        " does for every edition."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--ask", action="store_true", help=_("Let its letters wait for approval."))

    def act(self, edition: Edition, options: Mapping[str, Any]) -> None:
        now, words = timezone.now(), {"day": edition.day}
        audit.record_command("approve_edition", edition)
        if not options["ask"]:
            state = resume_edition(edition, now)
            text = _("The edition of %(day)s goes out.")
            if not state.changed:
                text = _("The edition of %(day)s was not waiting.")
            self.print_result(options, state.as_json(), text % words, describe_waiting(state))
            return
        is_asked = ask_for_approval(edition, now)
        text = (
            _("The edition of %(day)s waits for approval.")
            if is_asked
            else _("The edition of %(day)s was asked about before, or its letters have left.")
        )
        self.print_result(options, {"day": str(edition.day), "asked": is_asked}, text % words)
