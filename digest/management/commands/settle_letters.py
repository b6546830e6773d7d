import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digest.delivery.operations import (
    NotBuilt,
    NotPaused,
    UncertainLetter,
    find_uncertain,
    settle_served,
    settle_uncertain,
)
from digest.management.edition_command import EditionCommand
from digest.models import Edition
from subscriptions import audit


class Command(EditionCommand):
    help = (
        "List the uncertain letters of an edition by Message-ID, or write down what the mail server's log says of them."
        " After a restore from a backup, write down who was served since."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        action = parser.add_mutually_exclusive_group()
        action.add_argument("--list", action="store_true", help=_("List them (the default)."))
        text = _("The log has these as taken. - reads the ids from the input, one per line.")
        action.add_argument("--accepted", nargs="+", metavar="MESSAGE_ID", help=text)
        text = _("The log does not have these. They count as failed; retry_letters --date D --yes sends them.")
        action.add_argument("--not-accepted", nargs="+", metavar="MESSAGE_ID", help=text)
        text = _("The log has the letters to these addresses as taken: one a line, - reads the input. For a restore.")
        action.add_argument("--served", metavar="FILE", help=text)

    def act(self, edition: Edition, options: Mapping[str, Any]) -> None:
        given = options["accepted"] or options["not_accepted"]
        if options["served"]:
            self._settle_served(edition, options)
        elif given:
            ids = _read_lines("-") if list(given) == ["-"] else list(given)
            self._settle(edition, ids, options)
        else:
            found = list(find_uncertain(edition))
            self.print_result(options, _as_json(edition, found), *_format_list(edition, found))

    def _settle(self, edition: Edition, ids: Sequence[str], options: Mapping[str, Any]) -> None:
        settled = settle_uncertain(edition, ids, taken=bool(options["accepted"]), now=timezone.now())
        answer = "accepted" if options["accepted"] else "not-accepted"
        audit.record_command(f"settle_letters --{answer}", edition, count=settled.settled)
        outcome = {"day": edition.day.isoformat(), "settled": settled.settled, "unknown": settled.unknown}
        if not ids:
            text = _("No Message-ID was given: nothing to settle.")
        elif not settled.settled:
            text = _("No letter is settled.")
        else:
            text = ngettext("%(count)d letter is settled.", "%(count)d letters are settled.", settled.settled)
            text %= {"count": settled.settled}
        self.print_result(options, outcome, text)
        if settled.unknown:
            raise CommandError(_("Not among the uncertain letters: %s") % ", ".join(settled.unknown))

    def _settle_served(self, edition: Edition, options: Mapping[str, Any]) -> None:
        try:
            served = settle_served(edition, _read_lines(options["served"]), timezone.now())
        except NotPaused as error:
            text = _("Its letters go out. Pause it first: python manage.py pause_edition --date %s")
            raise CommandError(text % edition.day) from error
        except NotBuilt as error:
            text = _("It is not made yet. Make it first: python manage.py prepare_day --date %s")
            raise CommandError(text % edition.day) from error
        audit.record_command("settle_letters --served", edition, count=served.settled)
        text = ngettext("%(count)d letter is settled.", "%(count)d letters are settled.", served.settled)
        lines = [text % {"count": served.settled}]
        if served.already:
            text = ngettext("%(count)d was before.", "%(count)d were before.", served.already)
            lines.append(text % {"count": served.already})
        lines.append(_("Let the others go: python manage.py resume_edition --date %s") % edition.day)
        self.print_result(options, {"day": edition.day.isoformat(), **asdict(served)}, *lines)
        if served.unknown:
            raise CommandError(_("Nobody here has these addresses: %s") % ", ".join(served.unknown))


def _read_lines(path: str) -> list[str]:
    """Return the lines of a file that are not empty, of the input for "-". Raises CommandError."""
    try:
        lines = sys.stdin if path == "-" else Path(path).read_text(encoding="utf-8-sig").splitlines()
        return [line.strip() for line in lines if line.strip()]
    except OSError as error:
        raise CommandError(_("%(file)s cannot be read: %(why)s") % {"file": path, "why": error.strerror}) from error
    except UnicodeDecodeError as error:
        raise CommandError(_("%s cannot be read: it is not a text in UTF-8.") % path) from error


def _as_json(edition: Edition, found: Sequence[UncertainLetter]) -> dict[str, Any]:
    letters = [
        {
            "message_id": letter.message_id,
            "address": letter.address,
            "at": letter.at.isoformat() if letter.at else None,
            "reason": letter.reason,
        }
        for letter in found
    ]
    return {"day": edition.day.isoformat(), "uncertain": letters}


def _format_list(edition: Edition, found: Sequence[UncertainLetter]) -> Iterator[str]:
    if not found:
        yield _("No letter of the edition of %s is uncertain.") % edition.day
        return
    for letter in found:
        at = f"{letter.at:%Y-%m-%d %H:%M:%S}Z" if letter.at else "-"
        yield f"{letter.message_id}  {at}  {letter.address or '-'}  {letter.reason}"
    yield _("Look for them in the mail server's log, then run this with --accepted or --not-accepted.")
