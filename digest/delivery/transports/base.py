"""The one open way to the mail server or provider. It never raises for a letter: it tells what became of it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Protocol

from anymail.backends.base import AnymailBaseBackend
from django.conf import settings

from digest.delivery.outcomes.classify import Outcome
from digest.delivery.transports.django_backend import Way
from digest.delivery.transports.envelope import Parcel
from digest.delivery.transports.provider_pool import Callers
from digest.delivery.transports.sequential import OneByOne
from digest.delivery.transports.smtp_backend import EmailBackend
from digest.delivery.transports.smtp_pool import Lines
from digest.delivery.workers.journal import Log


class Post(Protocol):
    @property
    def idempotent(self) -> bool:
        """Whether sending a letter twice is harmless, whenever that is."""

    @property
    def repeatable_for(self) -> timedelta:
        """How long after a lost answer it is."""

    def open(self) -> None:
        """Does nothing where it is open. Raises Down."""

    def carry(self, parcels: Sequence[Parcel], wanted: Callable[[], bool]) -> Iterator[tuple[Parcel, Outcome]]:
        """What became of each, as it becomes known, but for those not begun when *wanted* turned to no."""

    def close(self) -> None: ...


def post(log: Log) -> Post:
    """As the settings say."""
    way = Way()
    if isinstance(way.connection, EmailBackend):
        return Lines(EmailBackend, settings.SMTP_CONNECTIONS, log)
    if isinstance(way.connection, AnymailBaseBackend):
        return Callers([OneByOne(Way(), log) for _ in range(settings.API_CONNECTIONS)])
    return OneByOne(way, log)
