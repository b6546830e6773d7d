"""When an address is worn out and rests: its last letters were all refused, or came back, over weeks.

A full mailbox or a server that is away says nothing after one letter, and an unclear refusal may have been about us.
Whoever is asked to stop writing to such an address is the sender who goes on for months. So an address rests after
three refusals over a week, or after SOFT_BOUNCES letters that were put off or came back over SOFT_BOUNCE_TIME. The mail
server's answers and a provider's reports feed the same count. What was about us never counts.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from digest.models import Delivery, DeliveryEvent
from subscriptions.email.mail_answers import Fault

EventKind = DeliveryEvent.Kind
# What wears an address out.
COUNTED_FAULTS = (Fault.RECIPIENT, Fault.DOUBT)
# Letters that were refused for good, though perhaps not for good reason, and the least time over which they were.
REFUSALS = 3
REFUSAL_TIME = timedelta(days=7)
# So long a mail server may try before it gives a letter back. No news after that is good news.
BOUNCE_PERIOD = timedelta(days=5)
READERS_PER_QUERY = 200

# When a letter ended, and whether it was refused, came back or arrived.
RecentLetter = tuple[datetime, bool, bool, bool]


def find_worn_out(reader_ids: Collection[int], now: datetime) -> set[int]:
    """Return which of these readers had only letters that were refused or came back, for long enough.

    Only letters are asked for whose events are all still kept (KEEP_EVENTS_DAYS).
    """
    if not settings.SOFT_BOUNCES:
        return set()
    found: set[int] = set()
    ids = sorted(reader_ids)
    for start in range(0, len(ids), READERS_PER_QUERY):
        rows = _read_recent_letters(ids[start : start + READERS_PER_QUERY], now)
        for reader_id, letters in groupby(rows, key=lambda row: row[0]):
            if _is_worn_out([row[1] for row in letters], now):
                found.add(reader_id)
    return found


def _is_worn_out(letters: list[RecentLetter], now: datetime) -> bool:
    returned = list(_returned_in_a_row(letters, now))
    refused_at = [at for at, refused in returned if refused]
    if len(refused_at) >= REFUSALS and refused_at[0] - refused_at[-1] >= REFUSAL_TIME:
        return True
    return len(returned) >= settings.SOFT_BOUNCES and returned[0][0] - returned[-1][0] >= settings.SOFT_BOUNCE_TIME


def _returned_in_a_row(letters: list[RecentLetter], now: datetime) -> Iterator[tuple[datetime, bool]]:
    """Yield when letters ended that were refused or came back, newest first, and which were refused.

    It ends with the first that arrived.
    """
    for ended_at, refused, came_back, arrived in letters:
        if refused or came_back:
            yield ended_at, refused
        elif arrived or now - ended_at > BOUNCE_PERIOD:
            return


def _read_recent_letters(reader_ids: Collection[int], now: datetime) -> Iterator[tuple[int, RecentLetter]]:
    """Yield the letters of these readers that say something about their address, by reader and newest first."""
    counted_events = DeliveryEvent.objects.filter(delivery=OuterRef("pk"), fault__in=COUNTED_FAULTS)
    arrivals = DeliveryEvent.objects.filter(delivery=OuterRef("pk"), kind=EventKind.DELIVERED)
    accepted = Q(state=Delivery.State.ACCEPTED)
    refused = Q(state=Delivery.State.FAILED, fault__in=COUNTED_FAULTS)
    rows = (
        Delivery.objects.filter(
            accepted | refused,
            subscriber__in=reader_ids,
            finished_at__gt=now - timedelta(days=settings.KEEP_EVENTS_DAYS),
        )
        .annotate(
            event_refused=Exists(counted_events.filter(kind=EventKind.REFUSED)),
            event_came_back=Exists(counted_events.filter(kind=EventKind.SOFT_BOUNCE)),
            arrived=Exists(arrivals),
        )
        .order_by("subscriber", "-finished_at")
    )
    columns = ("subscriber", "state", "temporary", "finished_at", "event_refused", "event_came_back", "arrived")
    for reader_id, state, temporary, ended_at, event_refused, event_came_back, arrived in rows.values_list(*columns):
        if state == Delivery.State.FAILED:
            yield reader_id, (ended_at, not temporary, temporary, False)
        else:
            yield reader_id, (ended_at, event_refused, event_came_back, arrived)
