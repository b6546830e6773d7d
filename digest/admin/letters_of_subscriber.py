"""Who got which letter, when, and what happened, on the page of a person. Part of `digest.admin`.

The page is the subscriptions' own; these rows are added to it, as that app knows nothing of letters.
"""

from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from digest.admin.read_only import ReadOnlyRows
from digest.models import Delivery
from digest.reconciliation.explanations import describe_reason

# Older letters are found in the list of deliveries by the address: a page of hundreds of rows takes a second.
SHOWN = timedelta(days=31)


@admin.display(description=_("reason"), ordering="reason")
def why(row: Delivery) -> str:
    return describe_reason(row.reason)


class LettersOfPerson(ReadOnlyRows):
    model = Delivery
    verbose_name_plural = _("letters")
    fields = ["day", "state", "why", "attempts", "planned", "finished", "provider_reports"]
    readonly_fields = ["day", "why", "planned", "finished", "provider_reports"]
    ordering = ["-edition__day", "-id"]
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).filter(created_at__gte=timezone.now() - SHOWN)
        return rows.select_related("edition").prefetch_related("events").defer("picks", "notices", "news")

    @admin.display(description=_("edition"))
    def day(self, row: Delivery) -> str:
        return date_format(row.edition.day, "j M Y").replace(" ", "\N{NO-BREAK SPACE}")

    @admin.display(description=_("reason"))
    def why(self, row: Delivery) -> str:
        return why(row)

    @admin.display(description=_("planned"))
    def planned(self, row: Delivery) -> str:
        return _at(row.created_at)

    @admin.display(description=_("finished"))
    def finished(self, row: Delivery) -> str:
        return _at(row.finished_at)

    @admin.display(description=_("told by the provider"))
    def provider_reports(self, row: Delivery) -> SafeString:
        events = sorted(row.events.all(), key=lambda event: (event.at, event.pk))
        lines = ((_at(event.at), event.get_kind_display(), event.reason) for event in events)
        return format_html_join("", "<div>{} {} {}</div>", lines)


def _at(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "Y-m-d H:i") if moment else ""


def add_to_people() -> None:
    """Add the letters to the page of a person. The subscriptions' admin must be loaded before."""
    page = type(admin.site.get_model_admin(apps.get_model("subscriptions", "Subscriber")))
    page.inlines = [*page.inlines, LettersOfPerson]
