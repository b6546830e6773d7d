"""Editions, readers and outbox rows, as few words as possible."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from digest.models import Delivery, Edition
from subscriptions.models import Subscriber
from subscriptions.reader import Reader
from tests.people import subscribe

DAY = date(2026, 1, 23)
NOW = datetime(2026, 1, 23, 8, 0, tzinfo=UTC)
PICKS = [[0, 0.5, [["category", "cs.LG"]]]]


def frozen_edition(day: date = DAY) -> Edition:
    return Edition.objects.create(day=day, state="frozen", frozen_at=NOW)


def crowd(count: int, first: int = 1) -> list[Subscriber]:
    """Readers 1, 2, 3 … reader1@example.org."""
    numbers = range(first, first + count)
    return [subscribe(Reader(id=n, email=f"reader{n}@example.org", categories=("cs.LG",))) for n in numbers]


def planned(edition: Edition, readers: Iterable[Subscriber], **changes: object) -> list[Delivery]:
    """One pending row per reader."""
    fields: dict[str, object] = {"picks": PICKS, "matched": 1, "language": "en", "detail": "tldr", "created_at": NOW}
    fields["not_after"] = NOW + timedelta(hours=18)
    fields.update(changes)
    return [Delivery.objects.create(edition=edition, subscriber=reader, **fields) for reader in readers]


def states(edition: Edition) -> Counter[str]:
    return Counter(Delivery.objects.filter(edition=edition).values_list("state", flat=True))
