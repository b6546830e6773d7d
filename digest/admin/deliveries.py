"""Deliveries and rate limits in the operator's window."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from digest.admin.letter_search import RowsOfLetters
from digest.admin.letters_of_subscriber import why
from digest.admin.provider_events import EventsOfLetter
from digest.admin.read_only import ReadOnly
from digest.models import (
    Delivery,
    Edition,
    Pace,
)

# So many editions can be chosen.
LISTED_EDITIONS = 30
# Nearly all letters are in one of these. The index of states holds the others alone on PostgreSQL.
USUAL_STATES = frozenset({Delivery.State.ACCEPTED, Delivery.State.EXCLUDED})


class EditionFilter(admin.SimpleListFilter):
    """The letters of one of the newest editions."""

    title = _("edition")
    parameter_name = "edition"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        newest = Edition.objects.order_by("-day").values_list("pk", "day")[:LISTED_EDITIONS]
        return [(str(pk), date_format(day, "j M Y")) for pk, day in newest]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        value = self.value()
        if not value or value not in dict(self.lookup_choices):
            return queryset
        # Found without an order: the newest of all letters would be read until some are of an old edition.
        return queryset.filter(pk__in=Delivery.objects.filter(edition=int(value)).order_by().values("pk"))


class StateFilter(admin.SimpleListFilter):
    """The letters in one state, found by the index of states where it is a rare one."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return Delivery.State.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        state = self.value()
        if state is None:
            return queryset
        if state in USUAL_STATES:
            return queryset.filter(state=state)
        # The index begins with the edition: naming all of them lets each be looked up, in a query without an order.
        editions = list(Edition.objects.values_list("pk", flat=True))
        found = Delivery.objects.filter(state=state, edition__in=editions).order_by()
        return queryset.filter(pk__in=found.values("pk"))


@admin.register(Delivery)
class DeliveryAdmin(RowsOfLetters):
    list_display = ["edition", "subscriber", "state", why, "attempts", "language", "created_at", "finished_at"]
    list_select_related = ["edition", "subscriber"]
    list_filter = [EditionFilter, StateFilter]
    raw_id_fields = ["edition", "subscriber"]
    inlines = [EventsOfLetter]
    ordering = ["-id"]

    def is_bounded(self, request: HttpRequest) -> bool:
        """Return whether the list looks at the newest letters alone. One of an edition or a rare state finds all."""
        state = request.GET.get(StateFilter.parameter_name) or Delivery.State.ACCEPTED
        is_found_by_index = EditionFilter.parameter_name in request.GET or state not in USUAL_STATES
        return super().is_bounded(request) and not is_found_by_index


@admin.register(Pace)
class PaceAdmin(ReadOnly):
    list_display = ["name", "window", "used", "promised", "rest_until", "rate", "throttled_at", "connections", "answer"]
    search_fields = ["name"]
    ordering = ["name"]
