"""Providers' reports on letters, for the operator. Part of `digest.admin`."""

from django.contrib import admin

from digest.admin.read_only import ReadOnly, ReadOnlyRows
from digest.models import DeliveryEvent


class EventsOfLetter(ReadOnlyRows):
    model = DeliveryEvent
    fields = ["at", "kind", "provider", "reason"]
    ordering = ["at", "id"]


@admin.register(DeliveryEvent)
class DeliveryEventAdmin(ReadOnly):
    list_display = ["at", "kind", "provider", "delivery", "reason"]
    list_select_related = ["delivery"]
    list_filter = ["kind", "provider"]
    search_fields = ["delivery__subscriber__email_key", "message_id", "reason"]
    raw_id_fields = ["delivery"]
    ordering = ["-id"]
