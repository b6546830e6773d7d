from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from digest.delivery.pause import describe_waiting, resume_edition
from digest.management.edition_command import EditionCommand
from digest.models import Edition
from subscriptions import audit


class Command(EditionCommand):
    help = "Let the letters of a paused edition go out. The scheduler takes them up within a minute."

    def act(self, edition: Edition, options: Mapping[str, Any]) -> None:
        state = resume_edition(edition, timezone.now())
        audit.record_command("resume_edition", edition)
        text = _("The edition of %s goes on.") if state.changed else _("The edition of %s was not paused.")
        how_to_send = (
            _("To send them now: python manage.py send_letters --date %s") % edition.day if state.waiting else ""
        )
        self.print_result(options, state.as_json(), text % edition.day, describe_waiting(state), how_to_send)
