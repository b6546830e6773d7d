"""Providers' reports on letters, for the operator. Part of `digest.admin`."""

from django.contrib import admin

from digest.admin.letter_search import RowsOfLetters
from digest.admin.read_only import ReadOnlyRows
from digest.models import DeliveryEvent


class EventsOfLetter(ReadOnlyRows):
    model = DeliveryEvent
    fields = ["at", "kind", "provider", "reason"]
    ordering = ["at", "id"]


@admin.register(DeliveryEvent)
class DeliveryEventAdmin(RowsOfLetters):
    list_display = ["at", "kind", "provider", "delivery", "reason"]
    list_select_related = ["delivery"]
    list_filter = ["kind"]
    reader_field = "delivery__subscriber"
    message_field = "delivery__provider_id"
    raw_id_fields = ["delivery"]
    ordering = ["-id"]
