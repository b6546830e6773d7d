"""Finds the edition of a day, or explains that there is none."""

from datetime import date

from django.utils.translation import gettext as _

from digest.models import Edition


class NoEdition(Exception):
    """There is no edition of the day. The text names the latest one, as days are more often mistyped than missing."""


def find_edition(day: date, *, buildable: bool = True) -> Edition:
    """Return the edition of *day*. Raises NoEdition, with the command that builds it if it is *buildable*."""
    edition = Edition.objects.filter(day=day).first()
    if edition is None:
        sentences = [_("There is no edition of %s.") % day]
        if latest := Edition.objects.order_by("-day").values_list("day", flat=True).first():
            sentences.append(_("The latest is of %s.") % latest)
        if buildable:
            sentences.append(_("Run: python manage.py build_edition --date %s") % day)
        raise NoEdition(" ".join(sentences))
    return edition
