import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from digest.editions.notes import LettersHaveLeft, write_note
from digest.ingest.source_factory import listing_day
from digest.letters.operator_note import render_text
from digest.management.arguments import parse_day
from subscriptions import audit
from subscriptions.letter_languages import LETTER_LANGUAGES


class Command(BaseCommand):
    help = (
        "Write the note at the top of a day's letters, in Markdown, also for days to come. It may change until the"
        " first letter has left."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("text", nargs="?", help=_("The note; - reads it from standard input."))
        parser.add_argument(
            "--date", type=parse_day, help=_("The day of the edition. Default: today, US Eastern time.")
        )
        parser.add_argument("--language", choices=tuple(LETTER_LANGUAGES), help=_("Only for letters in this language."))
        parser.add_argument("--file", type=Path, metavar="FILE", help=_("Read the note from a file."))
        parser.add_argument("--clear", action="store_true", help=_("Take the note away."))

    def handle(self, *args: Any, **options: Any) -> None:
        if sum([options["text"] is not None, options["file"] is not None, options["clear"]]) != 1:
            raise CommandError(_("Give the note, or --file, or --clear."), returncode=2)
        day = options["date"] or listing_day()
        try:
            edition = write_note(day, self._read(options), options["language"] or "")
            audit.record_command("note", edition)
        except LettersHaveLeft:
            raise CommandError(_("Letters of %s have left: their note stays as it was sent.") % day) from None
        for name, note in [("", edition.note), *(edition.notes or {}).items()]:
            whose = LETTER_LANGUAGES[name].own_name if name else _("everybody")
            self.stdout.write(f"{day}, {whose}:\n{render_text(note) or _('no note')}")

    def _read(self, options: dict[str, Any]) -> str:
        if options["clear"]:
            return ""
        if options["text"] == "-":
            return sys.stdin.read()
        if options["file"] is None:
            return str(options["text"])
        try:
            return str(options["file"].read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(_("%(file)s cannot be read: %(error)s") % {**options, "error": error}) from error
