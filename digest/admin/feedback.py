"""Readers' feedback on papers, in the operator's window."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from digest.admin.paper_search import RowsOfPapers
from digest.models import (
    Feedback,
)
from subscriptions.address_hashes import hash_address


@admin.register(Feedback)
class FeedbackAdmin(RowsOfPapers):
    list_display = ["subscriber", "kind", "cause", "paper", "created_at"]
    list_select_related = ["subscriber", "paper"]
    list_filter = ["kind", "cause"]
    paper_field = "paper"
    search_help_text = _("The whole address of a reader, an arXiv id, or words of the paper")
    ordering = ["-id"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Feedback], search_term: str
    ) -> tuple[QuerySet[Feedback], bool]:
        """Return what one reader said, or what was said of the papers that are found."""
        if "@" in search_term:
            return queryset.filter(subscriber__address_hash=hash_address(search_term)), False
        return super().get_search_results(request, queryset, search_term)
