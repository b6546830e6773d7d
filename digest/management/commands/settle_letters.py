import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digest.delivery.operations import UncertainLetter, find_uncertain, settle_uncertain
from digest.management.edition_command import EditionCommand
from digest.models import Edition


class Command(EditionCommand):
    help = (
        "List the uncertain letters of an edition by Message-ID, or write down what the mail server's log says of them."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--list", action="store_true", help=_("List them (the default)."))
        text = _("The log has these as taken. - reads the ids from the input, one per line.")
        what.add_argument("--accepted", nargs="+", metavar="MESSAGE_ID", help=text)
        text = _("The log does not have these. They count as failed; retry_letters sends them.")
        what.add_argument("--not-accepted", nargs="+", metavar="MESSAGE_ID", help=text)

    def act(self, edition: Edition, options: Mapping[str, Any]) -> None:
        given = options["accepted"] or options["not_accepted"]
        if given:
            self._settle(edition, _ids(given), options)
        else:
            found = list(find_uncertain(edition))
            self.say(options, _as_json(edition, found), *_listed(edition, found))

    def _settle(self, edition: Edition, ids: Sequence[str], options: Mapping[str, Any]) -> None:
        settled = settle_uncertain(edition, ids, taken=bool(options["accepted"]), now=timezone.now())
        outcome = {"day": edition.day.isoformat(), "settled": settled.settled, "unknown": settled.unknown}
        self.say(options, outcome, _said(settled.settled) if ids else _("No Message-ID was given: nothing to settle."))
        if settled.unknown:
            raise CommandError(_("Not among the uncertain letters: %s") % ", ".join(settled.unknown))


def _said(count: int) -> str:
    if not count:
        return _("No letter is settled.")
    return ngettext("%(count)d letter is settled.", "%(count)d letters are settled.", count) % {"count": count}


def _ids(given: Sequence[str]) -> list[str]:
    return [line.strip() for line in sys.stdin if line.strip()] if list(given) == ["-"] else list(given)


def _as_json(edition: Edition, found: Sequence[UncertainLetter]) -> dict[str, Any]:
    letters = [
        {
            "message_id": doubt.message_id,
            "address": doubt.address,
            "at": doubt.at.isoformat() if doubt.at else None,
            "reason": doubt.reason,
        }
        for doubt in found
    ]
    return {"day": edition.day.isoformat(), "uncertain": letters}


def _listed(edition: Edition, found: Sequence[UncertainLetter]) -> Iterator[str]:
    if not found:
        yield _("No letter of the edition of %s is uncertain.") % edition.day
        return
    for doubt in found:
        at = f"{doubt.at:%Y-%m-%d %H:%M:%S}Z" if doubt.at else "-"
        yield f"{doubt.message_id}  {at}  {doubt.address or '-'}  {doubt.reason}"
    yield _("Look for them in the mail server's log, then run this with --accepted or --not-accepted.")
