"""The one open way to the mail server or provider. It never raises for a letter: it tells what became of it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Protocol

from anymail.backends.base import AnymailBaseBackend
from django.conf import settings

from digest.delivery.outcomes.classify import Outcome
from digest.delivery.transports.django_backend import BackendConnection
from digest.delivery.transports.envelope import Envelope
from digest.delivery.transports.provider_pool import ProviderPool
from digest.delivery.transports.sequential import SequentialTransport
from digest.delivery.transports.smtp_backend import EmailBackend
from digest.delivery.transports.smtp_pool import SmtpPool
from digest.delivery.workers.journal import Journal


class Transport(Protocol):
    @property
    def idempotent(self) -> bool:
        """Whether sending a letter twice is harmless, whenever that is."""

    @property
    def repeatable_for(self) -> timedelta:
        """How long after a lost answer it is."""

    def open(self) -> None:
        """Does nothing where it is open. Raises Down."""

    def carry(self, parcels: Sequence[Envelope], wanted: Callable[[], bool]) -> Iterator[tuple[Envelope, Outcome]]:
        """What became of each, as it becomes known, but for those not begun when *wanted* turned to no."""

    def close(self) -> None: ...


def create_transport(log: Journal) -> Transport:
    """As the settings say."""
    way = BackendConnection()
    if isinstance(way.connection, EmailBackend):
        return SmtpPool(EmailBackend, settings.SMTP_CONNECTIONS, log)
    if isinstance(way.connection, AnymailBaseBackend):
        return ProviderPool([SequentialTransport(BackendConnection(), log) for _ in range(settings.API_CONNECTIONS)])
    return SequentialTransport(way, log)
