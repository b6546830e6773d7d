"""Fills in what a listing does not say (dates, comment, references) once the API has said it."""

from collections.abc import Mapping

from django.db.models import Exists, OuterRef

from digest.domain import FetchedPaper
from digest.models import Delivery, Version

TEXT_FIELDS = ("comment", "doi", "journal_ref")


def fill_metadata(fetched: Mapping[int, FetchedPaper]) -> None:
    """Fill in what is empty of versions, by their rows, unless a letter may show them already."""
    known = {pk: paper for pk, paper in fetched.items() if paper.published and paper.updated}
    if not known:
        return
    shown = Delivery.objects.filter(edition__entries__version=OuterRef("pk"))
    rows = list(Version.objects.filter(~Exists(shown), pk__in=known, updated=None))
    for row in rows:
        _fill_row(row, known[row.pk])
    Version.objects.bulk_update(rows, ["published", "updated", "withdrawn", *TEXT_FIELDS], batch_size=200)


def _fill_row(row: Version, paper: FetchedPaper) -> None:
    row.published = row.published or paper.published
    row.updated = paper.updated
    row.withdrawn = row.withdrawn or paper.withdrawn
    for name in TEXT_FIELDS:
        setattr(row, name, getattr(row, name) or getattr(paper, name))
