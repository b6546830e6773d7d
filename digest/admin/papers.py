"""Papers, their versions, announcements and signals in the operator's window."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from digest.admin.read_only import ReadOnly
from digest.models import (
    Announcement,
    Paper,
    Signal,
    Version,
)


@admin.register(Paper)
class PaperAdmin(ReadOnly):
    list_display = ["arxiv_id", "newest_title", "created_at"]
    search_fields = ["arxiv_id", "versions__title"]
    ordering = ["-id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Paper]:
        newest = Version.objects.filter(paper=OuterRef("pk")).order_by("-number")
        return Paper.objects.annotate(newest_title=Subquery(newest.values("title")[:1]))

    @admin.display(description=_("title"))
    def newest_title(self, paper: Any) -> str:
        return str(paper.newest_title or "")


@admin.register(Version)
class VersionAdmin(ReadOnly):
    list_display = ["paper", "number", "title", "primary_category", "published", "withdrawn"]
    list_select_related = ["paper"]
    list_filter = ["withdrawn"]
    search_fields = ["paper__arxiv_id", "title"]
    ordering = ["-id"]


@admin.register(Announcement)
class AnnouncementAdmin(ReadOnly):
    list_display = ["day", "category", "kind", "version"]
    list_select_related = ["version"]
    list_filter = ["kind"]
    search_fields = ["category", "version__paper__arxiv_id", "version__title"]
    ordering = ["-id"]


@admin.register(Signal)
class SignalAdmin(ReadOnly):
    list_display = ["paper", "kind", "value", "observed_at"]
    list_select_related = ["paper"]
    list_filter = ["kind"]
    search_fields = ["paper__arxiv_id"]
    ordering = ["-id"]
