"""The edition of a day, or what to say where there is none."""

from datetime import date

from django.utils.translation import gettext as _

from digest.models import Edition


class NoEdition(Exception):
    """The text names the latest edition, as more days are mistyped than missing."""


def find_edition(day: date, *, buildable: bool = True) -> Edition:
    """Raises NoEdition; where the edition is *buildable* with the command that builds it."""
    edition = Edition.objects.filter(day=day).first()
    if edition is None:
        hint = [_("Run: python manage.py build_edition --date %s") % day] if buildable else []
        raise NoEdition(" ".join([_("There is no edition of %s.") % day, *_describe_latest(), *hint]))
    return edition


def _describe_latest() -> list[str]:
    day = Edition.objects.order_by("-day").values_list("day", flat=True).first()
    return [_("The latest is of %s.") % day] if day else []
