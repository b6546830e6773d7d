"""Finds letters in the operator's window: by the address of their reader, or by a provider's number of the message."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from digest.admin.read_only import ReadOnly
from subscriptions.address_hashes import hash_address


class RowsOfLetters(ReadOnly):
    """An admin page whose rows are found by their letter."""

    # The ways from a row to the reader, and to the provider's number of its message.
    reader_field = "subscriber"
    message_field = "provider_id"
    # Django shows the box of a search where a field is named.
    search_fields = ("pk",)
    search_help_text = _("The whole address of a reader, or a provider's number of a message")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return the rows of one reader or of one message, each by an index."""
        text = search_term.strip()
        if not text:
            return queryset, False
        of_reader = queryset.filter(**{f"{self.reader_field}__address_hash": hash_address(text)})
        if of_reader.order_by().exists():
            return of_reader, False
        # The index leaves out empty numbers, and is used where a query does.
        of_message = queryset.filter(**{self.message_field: text})
        return of_message.exclude(**{self.message_field: ""}), False
