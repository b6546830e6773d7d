"""What readers asked for before: kept as long as the pages of the letters that they got for it."""

from collections.abc import Mapping
from datetime import datetime

from subscriptions.models import FormerInterests, Subscriber


def keep(subscriber: Subscriber, columns: Mapping[str, object], now: datetime) -> None:
    """Keep a subscriber's interests if the *columns* that are about to be stored change them."""
    old = {name: getattr(subscriber, name) for name in ("categories", "filters")}
    if any(columns.get(name, value) != value for name, value in old.items()):
        FormerInterests.objects.create(subscriber=subscriber, ended_at=now, **old)
