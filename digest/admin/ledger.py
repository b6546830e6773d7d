"""The ledger, missing papers, service locks and rejections in the operator's window."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, path

from digest.admin.ledger_calendar_page import calendar
from digest.admin.read_only import ReadOnly
from digest.models import (
    LedgerLine,
    Missing,
    Rejection,
    Turn,
)


@admin.register(LedgerLine)
class LedgerLineAdmin(ReadOnly):
    list_display = [
        "day",
        "category",
        "state",
        "announced",
        "stored",
        "new",
        "crossed",
        "replaced",
        "rejected",
        "missing",
    ]
    list_filter = ["state"]
    search_fields = ["category", "day"]
    ordering = ["-day", "category"]

    def is_bounded(self, request: HttpRequest) -> bool:
        """Return False: the calendar leads to the lines of a day, and even ten years have few."""
        return False

    def get_urls(self) -> list[URLPattern]:
        page = path("calendar/", self.admin_site.admin_view(calendar), name="digest_ledgerline_calendar")
        return [page, *super().get_urls()]


@admin.register(Missing)
class MissingAdmin(ReadOnly):
    list_display = ["day", "category", "arxiv_id", "attempts", "last_error", "resolved_at"]
    list_filter = [("resolved_at", admin.EmptyFieldListFilter)]
    search_fields = ["arxiv_id", "day"]
    ordering = ["-id"]


@admin.register(Turn)
class TurnAdmin(ReadOnly):
    list_display = ["name", "holder", "until", "refused_until", "refusal"]
    ordering = ["name"]


@admin.register(Rejection)
class RejectionAdmin(ReadOnly):
    list_display = ["day", "category", "source", "where", "reason"]
    search_fields = ["reason", "excerpt", "source"]
    ordering = ["-id"]
