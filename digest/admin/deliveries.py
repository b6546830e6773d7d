"""Deliveries and rate limits in the operator's window."""

from django.contrib import admin

from digest.admin.letters_of_subscriber import why
from digest.admin.provider_events import EventsOfLetter
from digest.admin.read_only import ReadOnly
from digest.models import (
    Delivery,
    Pace,
)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = ["edition", "subscriber", "state", why, "attempts", "language", "created_at", "finished_at"]
    list_select_related = ["edition", "subscriber"]
    list_filter = ["state", "language", "detail"]
    search_fields = ["subscriber__email_key", "reason", "provider_id"]
    raw_id_fields = ["edition", "subscriber"]
    inlines = [EventsOfLetter]
    ordering = ["-id"]


@admin.register(Pace)
class PaceAdmin(ReadOnly):
    list_display = ["name", "window", "used", "promised", "rest_until", "rate", "throttled_at", "connections", "answer"]
    search_fields = ["name"]
    ordering = ["name"]
