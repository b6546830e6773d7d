"""Readers' feedback on papers, in the operator's window."""

from django.contrib import admin

from digest.admin.read_only import ReadOnly
from digest.models import (
    Feedback,
)


@admin.register(Feedback)
class FeedbackAdmin(ReadOnly):
    list_display = ["subscriber", "kind", "cause", "paper", "created_at"]
    list_select_related = ["subscriber", "paper"]
    list_filter = ["kind", "cause"]
    search_fields = ["subscriber__email_key", "paper__arxiv_id"]
    ordering = ["-id"]
