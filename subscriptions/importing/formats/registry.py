"""All formats that an import recognises. A new one is a file here and a line in FORMATS."""

from collections.abc import Set

from subscriptions.importing.formats import buttondown, ghost, keila, listmonk, mailchimp, mailerlite, own, substack
from subscriptions.importing.formats.base import ExportFormat

FORMATS = (
    mailchimp.FORMAT,
    ghost.FORMAT,
    substack.FORMAT,
    buttondown.FORMAT,
    mailerlite.FORMAT,
    keila.FORMAT,
    listmonk.FORMAT,
    own.OWN,
)


def recognise_format(columns: Set[str]) -> ExportFormat:
    """Return the format whose marks these columns have, the most of all; the plain list if there is none.

    *columns* are names as `columns.normalise_name` returns them.
    """
    counts = [sum(marks <= columns for marks in each.marks) for each in FORMATS]
    best = max(counts)
    return FORMATS[counts.index(best)] if best else own.PLAIN
