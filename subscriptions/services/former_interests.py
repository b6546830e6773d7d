"""What readers asked for before: kept as long as the pages of the letters that they got for it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from subscriptions.models import FormerInterests, Subscriber


def keep(subscriber: Subscriber, columns: Mapping[str, object], now: datetime) -> None:
    """Keep a subscriber's interests if the *columns* that are about to be stored change them."""
    old = {name: getattr(subscriber, name) for name in ("categories", "filters")}
    if any(columns.get(name, value) != value for name, value in old.items()):
        FormerInterests.objects.create(subscriber=subscriber, ended_at=now, **old)


def keep_all(old: Mapping[int, tuple[str, str]], rows: Sequence[Subscriber], now: datetime) -> None:
    """Keep the interests of many who are about to change. *old* has their categories and filters before, by id."""
    FormerInterests.objects.bulk_create(
        FormerInterests(subscriber_id=row.id, categories=old[row.id][0], filters=old[row.id][1], ended_at=now)
        for row in rows
        if row.id in old and old[row.id] != (row.categories, row.filters)
    )
