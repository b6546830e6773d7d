from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now
from django.utils.translation import gettext as _

from digest.delivery.preview import NothingToShow, render_preview
from digest.ingest.source_factory import listing_day
from digest.management.arguments import parse_day
from digest.management.edition_command import require_edition
from subscriptions.reader import Reader
from subscriptions.selectors import find_reader_by_address


class Command(BaseCommand):
    help = "Write the letter that a reader gets on a day into a file, to look at. Nothing is sent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help=_("The reader's address."))
        parser.add_argument(
            "--date", type=parse_day, help=_("The day of the edition. Default: today, US Eastern time.")
        )
        parser.add_argument("-o", "--output", required=True, type=Path, metavar="FILE.eml")

    def handle(self, *args: Any, **options: Any) -> None:
        edition, reader = require_edition(options["date"] or listing_day()), _require_reader(options["email"])
        try:
            message = render_preview(edition, reader, now())
        except NothingToShow as nothing:
            raise CommandError(_("No paper of that day is for this reader (%s).") % nothing) from nothing
        _write_letter(options["output"], message.message().as_bytes(linesep="\r\n"))
        self.stderr.write(
            _("%(subject)s: written to %(file)s") % {"subject": message.subject, "file": options["output"]}
        )


def _require_reader(address: str) -> Reader:
    reader = find_reader_by_address(address)
    if reader is None:
        raise CommandError(_("Nobody is subscribed with the address %s.") % address)
    return reader


def _write_letter(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        reason = error.strerror or error
        raise CommandError(_("%(file)s cannot be written: %(reason)s") % {"file": path, "reason": reason}) from error
