"""The named cast. Tests speak of these people, so that a reader of the tests gets to know them."""

from django.utils import timezone

from subscriptions.models import Subscriber
from subscriptions.reader import Reader

# Ada follows two categories and nothing else.
ada = Reader(id=1, email="ada@example.org", categories=("cs.LG", "stat.ML"), papers=10, popularity="some")

# Bao reads Chinese.
bao = Reader(id=2, email="bao@example.cn", categories=("hep-th",), filters=("attention",), language="zh", papers=5)

# Chidi follows one phrase and no category.
chidi = Reader(id=3, email="chidi@example.org", filters=('"diffusion model" -survey',), papers=3)

# Dana follows a person.
dana = Reader(id=4, email="dana@example.org", filters=("author:hinton",), detail="structured")

# Eve tries things. Her filter is not valid; never expect it to match.
eve = Reader(id=5, email="eve@example.net", filters=("attention\r\nBcc: all@example.org",))

CAST = (ada, bao, chidi, dana)


def subscribe(person: Reader, **changes: object) -> Subscriber:
    """Store *person* as a confirmed subscriber with the same id, with these *changes*, and return the row."""
    now = timezone.now()
    fields: dict[str, object] = {
        "id": person.id,
        "email": person.email,
        "email_key": person.email.lower(),
        "status": Subscriber.Status.ACTIVE,
        "categories": " ".join(person.categories),
        "filters": "\n".join(person.filters),
        "language": person.language,
        "timezone": person.timezone,
        "hour": person.hour,
        "papers": person.papers,
        "minimum": person.minimum,
        "detail": person.detail,
        "days": person.days,
        "paused_until": person.paused_until,
        "popularity": person.popularity,
        "switched_off": " ".join(person.switched_off),
        "epoch": person.epoch,
        "key": person.key,
        "consent_at": now,
        "confirmed_at": now,
    }
    return Subscriber.objects.create(**{**fields, **changes})


def subscribe_many(count: int, **changes: object) -> None:
    """Store *count* confirmed subscribers who chose what ada chose. Their ids begin with 1."""
    for number in range(1, count + 1):
        subscribe(ada._replace(id=number, email=f"ada{number}@example.org"), **changes)
