"""When an address that takes no letter for now is taken for dead: its last letters all came back, over weeks.

A full mailbox or a server that is away says nothing after one letter. Whoever is asked to stop writing to it is the
sender who goes on for months, so SOFT_BOUNCES letters in a row over SOFT_BOUNCE_TIME are enough. Deleting the
suppression in the admin takes it back.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef

from digest.models import Delivery, DeliveryEvent

Kind = DeliveryEvent.Kind
SUPPRESSION_REASON = "soft_bounces"
# So long a mail server may try before it gives a letter back. No news after that is good news.
BOUNCE_PERIOD = timedelta(days=5)
# Letters looked at: more than a year of them.
MAX_LETTERS_EXAMINED = 400


def is_worn_out(delivery_id: int | None, now: datetime) -> bool:
    """Return whether the reader of a letter that has just come back had only such letters for long enough.

    Only letters are asked for whose events are all still kept (EVENTS_KEPT).
    """
    wanted: int = settings.SOFT_BOUNCES
    if not wanted or delivery_id is None:
        return False
    returned = list(_returned_in_a_row(delivery_id, now))
    return len(returned) >= wanted and returned[0] - returned[-1] >= settings.SOFT_BOUNCE_TIME


def _returned_in_a_row(delivery_id: int, now: datetime) -> Iterator[datetime]:
    """Yield when the letters left that came back, newest first, until one that arrived."""
    for left_at, came_back, arrived in _recent_letters(delivery_id, now):
        if came_back:
            yield left_at
        elif arrived or now - left_at > BOUNCE_PERIOD:
            return


def _recent_letters(delivery_id: int, now: datetime) -> list[tuple[datetime, bool, bool]]:
    events = DeliveryEvent.objects.filter(delivery=OuterRef("pk"))
    rows = Delivery.objects.filter(
        subscriber__in=Delivery.objects.filter(id=delivery_id).values("subscriber"),
        state=Delivery.State.ACCEPTED,
        finished_at__gt=now - settings.EVENTS_KEPT,
    ).annotate(
        came_back=Exists(events.filter(kind=Kind.SOFT_BOUNCE)),
        arrived=Exists(events.filter(kind=Kind.DELIVERED)),
    )
    found = rows.order_by("-finished_at").values_list("finished_at", "came_back", "arrived")[:MAX_LETTERS_EXAMINED]
    return [(left_at, came_back, arrived) for left_at, came_back, arrived in found if left_at]
