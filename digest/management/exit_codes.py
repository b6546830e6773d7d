"""How commands about a day end, for a monitor. docs/operator-messages.md says which situation ends in which way."""

from enum import IntEnum

from django.core.management.base import CommandError

from digest.domain import Outlook


class ExitCode(IntEnum):
    """The exit codes of commands about a day."""

    FINE = 0
    # It could not run: no such edition, a source, a database or a setting that is not there.
    FAILED = 1
    WRONG_USAGE = 2
    ACT = 3
    WAIT = 4


EXIT_CODES = {Outlook.FINE: ExitCode.FINE, Outlook.WAIT: ExitCode.WAIT, Outlook.ACT: ExitCode.ACT}


def end_command(outlook: Outlook, text: str) -> None:
    """Raise CommandError with *text* and the exit code of *outlook*, unless everything is fine."""
    if outlook != Outlook.FINE:
        raise CommandError(text, returncode=EXIT_CODES[outlook])
