"""Finds the rows of papers in the operator's window: by an arXiv id, or by words through the index of searches."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from digest.admin.read_only import ReadOnly
from digest.models import Paper, Version
from digest.search.find import search
from digest.sources.arxiv.ids import parse_id
from subscriptions.filters.language import FilterError

MAX_FOUND_PAPERS = 200


class RowsOfPapers(ReadOnly):
    """An admin page whose rows are found by their paper."""

    # The way to the paper from a row.
    paper_field = "version__paper"
    # Django shows the box of a search where a field is named. Whatever is typed is found by `find_papers`.
    search_fields = ("pk",)
    search_help_text = _("An arXiv id, or words of the paper")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return the rows of the papers that are found: all of an id, or the best ones for some words."""
        if not search_term.strip():
            return queryset, False
        return queryset.filter(**{f"{self.paper_field}__in": find_papers(search_term)}), False


def find_papers(text: str) -> list[int]:
    """Return the papers that somebody looks for, by an arXiv id or by words."""
    identifier = parse_id(text)
    named = Paper.objects.filter(arxiv_id=identifier.id if identifier else text.strip())
    if found := list(named.values_list("pk", flat=True)):
        return found
    try:
        hits = search(text, MAX_FOUND_PAPERS)
    except FilterError:
        return []
    versions = [hit.version_id for hit in hits if hit.matches]
    return list(Version.objects.filter(pk__in=versions).values_list("paper_id", flat=True))
