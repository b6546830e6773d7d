"""Admin pages to look people up, to delete them when they ask for it, and to block addresses.

Nobody is changed by hand.
"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import ADDITION, DELETION
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from subscriptions import audit, email_addresses
from subscriptions.address_hashes import hash_address
from subscriptions.bounded_lists import BoundedAdmin, LanguageFilter
from subscriptions.models import Subscriber, Suppression
from subscriptions.services import deletion, suppression

if TYPE_CHECKING:
    BlockedForm = forms.ModelForm[Suppression]
else:
    # Django's own classes take no type arguments while they run.
    BlockedForm = forms.ModelForm


class AuditedById:
    """A mixin before ModelAdmin: who adds or deletes a row is recorded with its id, where Django writes its address."""

    def log_addition(self, request: HttpRequest, obj: Model, message: object) -> Any:
        audit.record_action(request.user.pk, [obj], "added", ADDITION)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        audit.record_action(request.user.pk, queryset, "deleted", DELETION)


@admin.register(Subscriber)
class SubscriberAdmin(AuditedById, BoundedAdmin):
    list_display = ("email", "status", "language", "timezone", "hour", "papers", "detail", "paused_until", "created_at")
    list_filter = ("status", LanguageFilter, "detail", ("paused_until", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("email_key",)
    search_help_text = _("A part of the address")
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": ("email", "status", "new_email")}),
        (_("Interests"), {"fields": ("categories", "filters")}),
        (_("The letter"), {"fields": ("language", "papers", "minimum", "detail", "popularity", "switched_off")}),
        (_("When"), {"fields": ("days", "timezone", "hour", "paused_until")}),
        (
            _("History"),
            {
                "fields": (
                    *("created_at", "consent_at", "confirmed_at", "unsubscribed_at"),
                    *("asked_at", "mailed_at", "reminded_at"),
                )
            },
        ),
    )

    def delete_model(self, request: HttpRequest, obj: Subscriber) -> None:
        deletion.delete_subscriber(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Subscriber]) -> None:
        for subscriber in queryset:
            deletion.delete_subscriber(subscriber)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: people sign up themselves or are imported, which both record their consent."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Subscriber | None = None) -> bool:
        return False


class SuppressionForm(BlockedForm):
    """Takes an address, of which only the keyed hash is stored."""

    email = forms.CharField(label=_("Address"), max_length=email_addresses.MAX_ADDRESS_LENGTH)
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[
            each for each in suppression.SuppressionReason.choices if each[0] != suppression.SuppressionReason.DELETED
        ],
    )

    class Meta:
        model = Suppression
        fields = ("reason",)

    def clean_email(self) -> str:
        return email_addresses.clean(self.cleaned_data["email"])


@admin.register(Suppression)
class SuppressionAdmin(AuditedById, BoundedAdmin):
    form = SuppressionForm
    fields = ("email", "reason")
    list_display = ("id", "reader", "reason", "run", "created_at")
    list_filter = ("reason", "created_at")
    search_fields = ("address_hash",)
    search_help_text = _("The whole address, or the number of a run")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Suppression]:
        readers = Subscriber.objects.filter(address_hash=OuterRef("address_hash"))
        rows: QuerySet[Suppression] = super().get_queryset(request)
        return rows.annotate(reader_email=Subquery(readers.values("email")[:1]))

    def get_fields(self, request: HttpRequest, obj: Suppression | None = None) -> Any:
        return self.fields if obj is None else ("id", "reader", "reason", "run", "created_at")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Suppression], search_term: str
    ) -> tuple[QuerySet[Suppression], bool]:
        """Return the rows of one address, as a part of it has another hash, or those of a run."""
        text = search_term.strip()
        if not text:
            return queryset, False
        if text.isascii() and text.isdigit():
            return queryset.filter(run=int(text)), False
        return queryset.filter(address_hash=hash_address(search_term)), False

    @admin.display(description=_("Reader"), empty_value="–")
    def reader(self, row: Suppression) -> str:
        """Return the address, where it is that of somebody who is a reader here; else nobody can tell it."""
        return str(getattr(row, "reader_email", None) or "")

    def has_change_permission(self, request: HttpRequest, obj: Suppression | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Suppression, form: Any, change: bool) -> None:
        """Suppress the address as every other caller does, so that a complaint also ends the subscription."""
        email = form.cleaned_data["email"]
        suppression.suppress(email, obj.reason)
        obj.address_hash = hash_address(email)
        # Beside the suppression there may be the row of a deletion.
        rows = Suppression.objects.filter(address_hash=obj.address_hash).exclude(reason=Suppression.Reason.DELETED)
        obj.pk = rows.values_list("pk", flat=True)[0]
