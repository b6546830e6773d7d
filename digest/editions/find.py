"""Finds the edition of a day, or explains that there is none."""

from datetime import date

from django.utils.translation import gettext as _

from digest.ingest.days_without_papers import DayWithoutPapers, explain_day_without_papers
from digest.models import Edition


class NoEdition(Exception):
    """There is no edition of the day. The text names the latest one, as days are more often mistyped than missing."""

    def __init__(self, text: str, without_papers: DayWithoutPapers | None = None) -> None:
        super().__init__(text)
        # Why there is nothing to build it from, if so.
        self.without_papers = without_papers


def find_edition(day: date, *, buildable: bool = True) -> Edition:
    """Return the edition of *day*.

    Raises NoEdition. If an edition may be *buildable*, it names the command that builds it, or says why no papers are
    there.
    """
    edition = Edition.objects.filter(day=day).first()
    if edition is None:
        sentences = [_("There is no edition of %s.") % day]
        if latest := Edition.objects.order_by("-day").values_list("day", flat=True).first():
            sentences.append(_("The latest is of %s.") % latest)
        without_papers = explain_day_without_papers(day) if buildable else None
        if without_papers:
            sentences.append(without_papers.words)
        elif buildable:
            sentences.append(_("Run: python manage.py build_edition --date %s") % day)
        raise NoEdition(" ".join(sentences), without_papers)
    return edition
