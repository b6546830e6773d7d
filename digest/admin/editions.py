"""Editions in the operator's window: each day as a funnel."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from digest.admin.letter_samples_page import show_sample, show_samples
from digest.admin.pause_actions import pause, resume
from digest.admin.read_only import ReadOnly
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
from subscriptions.bounded_lists import BoundedAdmin, NewestRows
from subscriptions.letter_languages import LETTER_LANGUAGES

if TYPE_CHECKING:
    EditionModelForm = forms.ModelForm[Edition]
else:
    # Django's own class takes no type arguments while it runs.
    EditionModelForm = forms.ModelForm


def add_funnels(editions: Sequence[Edition]) -> None:
    """Count for some editions what became of their papers and letters: a few queries, however many there are."""
    of_editions = {"edition__in": [edition.pk for edition in editions]}
    of_days = {"day__in": [edition.day for edition in editions]}
    entries = EditionEntry.objects.of_the_day().filter(**of_editions)
    summaries = EditionSummary.objects.filter(entry__in=entries)
    counted: dict[str, dict[Any, int]] = {
        "announced": _sum_up(LedgerLine.objects.filter(**of_days), "day", Sum("announced")),
        "rejected": _sum_up(Rejection.objects.filter(**of_days), "day", Count("pk")),
        "papers": _sum_up(entries, "edition", Count("pk")),
        "summarised": _sum_up(summaries, "entry__edition", Count("pk")),
    }
    letters: dict[Any, Counter[str]] = {edition.pk: Counter() for edition in editions}
    by_state = Delivery.objects.filter(**of_editions).order_by().values_list("edition", "state")
    for edition, state, number in by_state.annotate(Count("pk")):
        letters[edition][state] = number
    for edition in editions:
        found = letters[edition.pk]
        edition.funnel = {  # type: ignore[attr-defined]
            **{name: numbers.get(edition.pk, numbers.get(edition.day, 0)) for name, numbers in counted.items()},
            **found,
            "due": found.total(),
            "waiting": sum(found[state] for state in OPEN_STATES),
        }


def _sum_up(rows: QuerySet[Any], of: str, value: Count | Sum) -> dict[Any, int]:
    return dict(rows.order_by().values_list(of).annotate(value))


class EditionList(NewestRows):
    """The list of editions, each with its funnel."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        add_funnels(self.result_list)


def column(name: str, label: Any) -> Any:
    """Return a column that shows a number of the funnel."""

    @admin.display(description=label)
    def show(edition: Edition) -> int:
        return int(getattr(edition, "funnel", {}).get(name, 0))

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
    # Two weeks: of each day all letters are counted.
    list_per_page = list_max_show_all = 10
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
        return BoundedAdmin.has_change_permission(self, request, obj)

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

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return EditionList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Edition | None:
        """Return an edition with its funnel."""
        edition: Edition | None = super().get_object(request, object_id, from_field)
        add_funnels([edition] if edition else [])
        return edition

    @admin.display(description=_("told by providers"))
    def reported(self, edition: Edition) -> str:
        names = dict(DeliveryEvent.Kind.choices)
        return ", ".join(f"{names[kind]}: {number}" for kind, number in sorted(events.count_events(edition).items()))
