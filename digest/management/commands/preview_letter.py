from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.utils.timezone import now
from django.utils.translation import gettext as _

from digest.delivery.letter_samples import LETTER_SAMPLES, SAMPLE_ADDRESS, NoEditionWithPapers, build_sample
from digest.delivery.message import message_bytes
from digest.delivery.preview import NothingToShow, render_preview
from digest.ingest.source_factory import listing_day
from digest.management.arguments import parse_day
from digest.management.edition_command import require_edition
from subscriptions import audit
from subscriptions.letter_languages import LETTER_LANGUAGES
from subscriptions.reader import Reader
from subscriptions.selectors import find_reader_by_address


class Command(BaseCommand):
    help = "Write the letter that a reader gets on a day, or a sample of a kind, into a file, or send it to an address."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", nargs="?", help=_("The reader's address. Without one, give --kind."))
        parser.add_argument("--kind", choices=LETTER_SAMPLES, help=_("A sample of this kind."))
        parser.add_argument(
            "--language", choices=tuple(LETTER_LANGUAGES), default="en", help=_("Of a sample. Default: en.")
        )
        parser.add_argument(
            "--date", type=parse_day, help=_("The day of the edition. Default: today, US Eastern time.")
        )
        parser.add_argument("-o", "--output", type=Path, metavar="FILE.eml")
        parser.add_argument("--send", metavar="ADDRESS", help=_("Send the letter there, marked as a preview."))

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["email"]) == bool(options["kind"]):
            raise CommandError(_("Give either a reader's address or --kind."))
        if bool(options["output"]) == bool(options["send"]):
            raise CommandError(_("Give either -o FILE.eml or --send ADDRESS."))
        message = _build_sample(options) if options["kind"] else _build_readers_letter(options)
        if options["send"]:
            message.to, message.connection = [_require_address(options["send"])], get_connection()
            message.send()
            audit.record_command("preview_letter --send")
            self.stderr.write(
                _("%(subject)s: sent to %(address)s") % {"subject": message.subject, "address": options["send"]}
            )
            return
        _write_letter(options["output"], message_bytes(message))
        self.stderr.write(
            _("%(subject)s: written to %(file)s") % {"subject": message.subject, "file": options["output"]}
        )


def _build_sample(options: dict[str, Any]) -> EmailMultiAlternatives:
    try:
        return build_sample(options["kind"], options["language"], options["send"] or SAMPLE_ADDRESS, now())
    except NoEditionWithPapers as missing:
        raise CommandError(_("No edition has papers yet. Run: python manage.py run_daily")) from missing


def _build_readers_letter(options: dict[str, Any]) -> EmailMultiAlternatives:
    edition, reader = require_edition(options["date"] or listing_day()), _require_reader(options["email"])
    try:
        return render_preview(edition, reader, now())
    except NothingToShow as nothing:
        raise CommandError(_("No paper of that day is for this reader (%s).") % nothing) from nothing


def _require_reader(address: str) -> Reader:
    reader = find_reader_by_address(address)
    if reader is None:
        raise CommandError(_("Nobody is subscribed with the address %s.") % address)
    return reader


def _require_address(address: str) -> str:
    try:
        validate_email(address)
    except ValidationError as error:
        raise CommandError(_("%s is no e-mail address.") % address) from error
    return address


def _write_letter(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        reason = error.strerror or error
        raise CommandError(_("%(file)s cannot be written: %(reason)s") % {"file": path, "reason": reason}) from error
