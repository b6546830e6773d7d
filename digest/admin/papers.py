"""Papers, their versions, announcements and signals in the operator's window."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from digest.admin.paper_search import RowsOfPapers
from digest.models import (
    Announcement,
    Paper,
    Signal,
    Version,
)


@admin.register(Paper)
class PaperAdmin(RowsOfPapers):
    list_display = ["arxiv_id", "newest_title", "created_at"]
    paper_field = "pk"
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Paper]:
        newest = Version.objects.filter(paper=OuterRef("pk")).order_by("-number")
        return Paper.objects.annotate(newest_title=Subquery(newest.values("title")[:1]))

    @admin.display(description=_("title"))
    def newest_title(self, paper: Any) -> str:
        return str(paper.newest_title or "")


@admin.register(Version)
class VersionAdmin(RowsOfPapers):
    list_display = ["paper", "number", "title", "primary_category", "published", "withdrawn"]
    list_select_related = ["paper"]
    list_filter = ["withdrawn"]
    paper_field = "paper"
    ordering = ["-id"]


@admin.register(Announcement)
class AnnouncementAdmin(RowsOfPapers):
    list_display = ["day", "category", "kind", "version"]
    list_select_related = ["version"]
    list_filter = ["kind"]
    ordering = ["-id"]


@admin.register(Signal)
class SignalAdmin(RowsOfPapers):
    list_display = ["paper", "kind", "value", "observed_at"]
    list_select_related = ["paper"]
    list_filter = ["kind"]
    paper_field = "paper"
    ordering = ["-id"]
