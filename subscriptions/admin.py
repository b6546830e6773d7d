"""Admin pages to look people up, to delete them when they ask for it, and to block addresses.

Nobody is changed by hand.
"""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import ADDITION, DELETION
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from subscriptions import audit, email_addresses
from subscriptions.models import Subscriber, Suppression
from subscriptions.services import suppression

if TYPE_CHECKING:
    PeopleAdmin = admin.ModelAdmin[Subscriber]
    BlockedAdmin = admin.ModelAdmin[Suppression]
    BlockedForm = forms.ModelForm[Suppression]
else:
    # Django's own classes take no type arguments while they run.
    PeopleAdmin = BlockedAdmin = admin.ModelAdmin
    BlockedForm = forms.ModelForm


class AuditedById:
    """A mixin before ModelAdmin: who adds or deletes a row is recorded with its id, where Django writes its address."""

    def log_addition(self, request: HttpRequest, obj: Model, message: object) -> Any:
        audit.record_action(request.user.pk, [obj], "added", ADDITION)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        audit.record_action(request.user.pk, queryset, "deleted", DELETION)


@admin.register(Subscriber)
class SubscriberAdmin(AuditedById, PeopleAdmin):
    list_display = ("email", "status", "language", "timezone", "hour", "papers", "detail", "paused_until", "created_at")
    list_filter = ("status", "language", "detail", ("paused_until", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("email_key",)
    search_help_text = _("A part of the address")
    ordering = ("-id",)
    list_per_page = 50
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("email", "status", "new_email")}),
        (_("Interests"), {"fields": ("categories", "filters")}),
        (_("The letter"), {"fields": ("language", "papers", "minimum", "detail")}),
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

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: people sign up themselves or are imported, which both record their consent."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Subscriber | None = None) -> bool:
        return False


class SuppressionForm(BlockedForm):
    class Meta:
        model = Suppression
        fields = ("email_key", "reason", "detail")

    def clean_email_key(self) -> str:
        return email_addresses.key(email_addresses.clean(self.cleaned_data["email_key"]))


@admin.register(Suppression)
class SuppressionAdmin(AuditedById, BlockedAdmin):
    form = SuppressionForm
    list_display = ("email_key", "reason", "detail", "run", "created_at")
    list_filter = ("reason", "created_at", "run")
    search_fields = ("email_key",)
    search_help_text = _("A part of the address")
    ordering = ("-id",)
    list_per_page = 50
    show_full_result_count = False

    def has_change_permission(self, request: HttpRequest, obj: Suppression | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Suppression, form: Any, change: bool) -> None:
        """Suppress the address as every other caller does, so that a complaint also ends the subscription."""
        suppression.suppress(obj.email_key, obj.reason, obj.detail)
        obj.pk = Suppression.objects.get(email_key=obj.email_key).pk
