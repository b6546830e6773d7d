from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digest.delivery.operations import RetriedLetters, retry_letters
from digest.delivery.pause import how_to_resume
from digest.management.edition_command import EditionCommand
from digest.models import Edition
from digest.reconciliation.explanations import describe_reason
from subscriptions import audit


class Command(EditionCommand):
    help = "Try failed letters again once the cause is mended, or uncertain ones. Without --yes it only says how many."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--failed", action="store_true", help=_("Those that failed (the default)."))
        text = _("Those of which nobody knows whether they arrived. They may arrive twice.")
        which.add_argument("--uncertain", action="store_true", help=text)
        text = _("Also those that their readers' mail servers refuse: to try them again would hardly help.")
        parser.add_argument("--hopeless", action="store_true", help=text)
        parser.add_argument("--yes", action="store_true", help=_("Do it."))

    def act(self, edition: Edition, options: Mapping[str, Any]) -> None:
        state = "uncertain" if options["uncertain"] else "failed"
        retried = retry_letters(
            edition, state, timezone.now(), really=options["yes"], also_hopeless=options["hopeless"]
        )
        if options["yes"]:
            audit.record_command(f"retry_letters --{state}", edition, count=retried.again)
        outcome = {"day": edition.day.isoformat(), "state": state, "done": options["yes"]}
        outcome |= {"again": retried.again, "left": dict(retried.left)}
        self.print_result(options, outcome, *_format_result(edition, retried, options))


def _format_result(edition: Edition, retried: RetriedLetters, options: Mapping[str, Any]) -> Iterator[str]:
    if retried.again:
        yield from _format_retried(edition, retried.again, options)
    else:
        yield _explain_none(edition, retried, options)
    for reason, number in sorted(retried.left.items()):
        yield _("left as they are: %(count)d · %(reason)s") % {"count": number, "reason": describe_reason(reason)}
    if retried.again and options["yes"] and edition.paused:
        yield how_to_resume(edition.day, edition.pause_reason)
    elif retried.again and options["yes"]:
        yield _("To send them now: python manage.py send_letters --date %s") % edition.day
    elif retried.again:
        yield _("Add --yes to do it.")


def _format_retried(edition: Edition, count: int, options: Mapping[str, Any]) -> Iterator[str]:
    if options["uncertain"]:
        text = _(
            "The mail server may have taken them, and then they arrive twice. Its log knows:"
            " python manage.py settle_letters --date %s"
        )
        yield text % edition.day
    if options["yes"]:
        text = ngettext("%(count)d letter waits again.", "%(count)d letters wait again.", count)
    else:
        text = ngettext("%(count)d letter would be tried again.", "%(count)d letters would be tried again.", count)
    yield text % {"count": count}


def _explain_none(edition: Edition, retried: RetriedLetters, options: Mapping[str, Any]) -> str:
    if retried.left:
        return _("There is no letter to try again.")
    if options["uncertain"]:
        return _("No letter of the edition of %s is uncertain.") % edition.day
    return _("No letter of the edition of %s has failed.") % edition.day
