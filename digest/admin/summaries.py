"""Summaries, calls to models and batches in the operator's window."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from digest.admin.paper_search import RowsOfPapers
from digest.admin.read_only import ReadOnly
from digest.models import (
    Backfill,
    ModelBatch,
    ModelCall,
    Summary,
)
from digest.summaries.llm.budget import sum_spending
from subscriptions.bounded_lists import LanguageFilter


@admin.register(Summary)
class SummaryAdmin(RowsOfPapers):
    list_display = ["tldr", "language", "writer", "prompt_tokens", "completion_tokens", "cost", "created_at"]
    list_filter = [LanguageFilter]
    ordering = ["-id"]


@admin.register(ModelCall)
class ModelCallAdmin(RowsOfPapers):
    list_display = ["created_at", "model", "version", "language", "state", "reason", "prompt_tokens", "cost"]
    list_select_related = ["version"]
    list_filter = ["state", LanguageFilter]
    ordering = ["-id"]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show above the list what the day and the month have cost so far."""
        names, spent = {"day": _("Today"), "month": _("This month")}, sum_spending()
        periods = (
            _("%(period)s: $%(cost).4f, %(tokens)d tokens") % {"period": name, **spent[key]}
            for key, name in names.items()
        )
        return super().changelist_view(request, {**(extra_context or {}), "subtitle": " · ".join(periods)})


@admin.register(ModelBatch)
class ModelBatchAdmin(ReadOnly):
    list_display = ["created_at", "model", "state", "provider_id", "reason", "finished_at"]
    list_filter = ["state"]
    search_fields = ["provider_id", "reason"]
    ordering = ["-id"]


@admin.register(Backfill)
class BackfillAdmin(RowsOfPapers):
    list_display = ["version", "language", "reason", "attempts", "created_at", "done_at"]
    list_select_related = ["version"]
    list_filter = [LanguageFilter, ("done_at", admin.EmptyFieldListFilter)]
    ordering = ["-id"]
