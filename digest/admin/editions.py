"""Editions in the operator's window: each day as a funnel."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from digest.admin.letter_samples_page import show_sample, show_samples
from digest.admin.pause_actions import pause, resume
from digest.admin.read_only import Admin, ReadOnly
from digest.delivery.outbox import OPEN_STATES
from digest.delivery.webhooks import events
from digest.editions.notes import has_left
from digest.models import (
    Delivery,
    DeliveryEvent,
    Edition,
    EditionEntry,
    EditionSummary,
    LedgerLine,
    Rejection,
)
from subscriptions.letter_languages import LETTER_LANGUAGES

if TYPE_CHECKING:
    EditionModelForm = forms.ModelForm[Edition]
else:
    # Django's own class takes no type arguments while it runs.
    EditionModelForm = forms.ModelForm


def counted(rows: QuerySet[Any], of: str, value: Count | Sum) -> Coalesce:
    """Return *value* over the *rows* whose field *of* is the outer row, as a column: no query per edition."""
    return Coalesce(Subquery(rows.order_by().values(of).annotate(n=value).values("n")), 0, output_field=IntegerField())


def deliveries(*states: str) -> Coalesce:
    rows = Delivery.objects.filter(edition=OuterRef("pk"), state__in=states)
    return counted(rows, "edition", Count("pk"))


def column(name: str, label: Any) -> Any:
    """Return a column that shows the annotation `n_<name>`."""

    @admin.display(description=label)
    def show(edition: Edition) -> int:
        return int(getattr(edition, f"n_{name}"))

    show.__name__ = name
    return show


FUNNEL: list[Any] = [
    column("announced", _("announced")),
    column("rejected", _("rejected")),
    column("papers", _("papers")),
    column("summarised", _("summaries shown")),
    column("due", _("readers due")),
    column("accepted", _("accepted")),
    column("excluded", _("excluded")),
    column("failed", _("failed")),
    column("uncertain", _("uncertain")),
    column("waiting", _("waiting")),
]


class EditionForm(EditionModelForm):
    """The note for everybody, and a field for each language that may have one of its own: `note_` and its code."""

    note_zh = forms.CharField(required=False, widget=AdminTextareaWidget, label=_("Note in Chinese"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for code, note in (self.instance.notes or {}).items():
            if f"note_{code}" in self.fields:
                self.fields[f"note_{code}"].initial = note

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        typed = {code: cleaned[f"note_{code}"] for code in LETTER_LANGUAGES if f"note_{code}" in cleaned}
        notes = {**(self.instance.notes or {}), **typed}
        self.instance.notes = {code: note for code, note in notes.items() if note} or None
        return cleaned


@admin.register(Edition)
class EditionAdmin(ReadOnly):
    """A day as a funnel. Only the pause may be changed, and the notes until the first letter has left."""

    change_list_template = "admin/digest/edition/change_list.html"
    list_display = ["day", "state", "paused", *FUNNEL]
    list_filter = ["state", "paused"]
    actions = [pause, resume]
    search_fields = ["day"]
    ordering = ["-day"]
    fields = [
        *("day", "state", "frozen_at", "closed_at", "paused", "pause_reason", "approval", "approve_by"),
        *("note", "note_zh", *FUNNEL, "reported"),
    ]
    form = EditionForm
    readonly_fields = ["day", "state", "frozen_at", "closed_at", "approval", "approve_by", *FUNNEL, "reported"]

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path("letters/", self.admin_site.admin_view(show_samples), name="digest_letter_samples"),
            path("letters/<str:kind>/<str:language>/", self.admin_site.admin_view(show_sample)),
        ]
        return [*pages, *super().get_urls()]

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return Admin.has_change_permission(self, request, obj)

    def save_model(self, request: HttpRequest, obj: Edition, form: Any, change: bool) -> None:
        """Save the row, with when it was paused or resumed, as the actions do."""
        if "paused" in form.changed_data:
            now = timezone.now()
            if obj.paused:
                obj.paused_at = obj.alerted_at = now
            else:
                obj.resumed_at, obj.pause_reason = now, ""
                if obj.approval == "asked":
                    obj.approval = "given"
        super().save_model(request, obj, form, change)

    def get_readonly_fields(self, request: HttpRequest, obj: Edition | None = None) -> list[Any]:
        """Return the fields that cannot change. Once a letter has left, the note is one: letters keep their bytes."""
        return [*self.readonly_fields, "note"] if obj is not None and has_left(obj) else [*self.readonly_fields]

    def get_fields(self, request: HttpRequest, obj: object = None) -> Any:
        """Return the fields: the notes of languages while they may change."""
        fields = super().get_fields(request, obj)
        is_fixed = isinstance(obj, Edition) and has_left(obj)
        return [name for name in fields if name != "note_zh"] if is_fixed else fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Edition]:
        ledger = LedgerLine.objects.filter(day=OuterRef("day"))
        rejections = Rejection.objects.filter(day=OuterRef("day"))
        entries = EditionEntry.objects.of_the_day().filter(edition=OuterRef("pk"))
        summaries = EditionSummary.objects.filter(entry__edition=OuterRef("pk"), entry__announced_on=None)
        return Edition.objects.annotate(
            n_announced=counted(ledger, "day", Sum("announced")),
            n_rejected=counted(rejections, "day", Count("pk")),
            n_papers=counted(entries, "edition", Count("pk")),
            n_summarised=counted(summaries, "entry__edition", Count("pk")),
            n_due=deliveries(*Delivery.State.values),
            n_accepted=deliveries(Delivery.State.ACCEPTED),
            n_excluded=deliveries(Delivery.State.EXCLUDED),
            n_failed=deliveries(Delivery.State.FAILED),
            n_uncertain=deliveries(Delivery.State.UNCERTAIN),
            n_waiting=deliveries(*OPEN_STATES),
        )

    @admin.display(description=_("told by providers"))
    def reported(self, edition: Edition) -> str:
        names = dict(DeliveryEvent.Kind.choices)
        return ", ".join(f"{names[kind]}: {number}" for kind, number in sorted(events.count_events(edition).items()))
