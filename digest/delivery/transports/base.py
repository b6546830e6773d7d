"""A transport carries letters to the mail server or provider. It returns each letter's outcome and raises for none."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Protocol

from anymail.backends.base import AnymailBaseBackend
from django.conf import settings
from django.utils import timezone

from digest.delivery.outcomes.classify import Outcome
from digest.delivery.rate_limits.pacing import UNPACED, Pacing
from digest.delivery.transports import served_connections
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
        """Return whether sending a letter twice is always harmless."""

    @property
    def repeatable_for(self) -> timedelta:
        """Return how long after a lost reply sending a letter twice is harmless."""

    def open(self) -> None:
        """Open the connection where it is not open. Raises TransportDown."""

    def send_all(
        self, envelopes: Sequence[Envelope], may_continue: Callable[[], bool], pacing: Pacing = UNPACED
    ) -> Iterator[tuple[Envelope, Outcome]]:
        """Send and yield the outcome of each envelope as it becomes known. *pacing* says when each may begin.

        Those not begun when *may_continue* turns false are left out.
        """

    def close(self) -> None: ...


def create_transport(journal: Journal) -> Transport:
    """Return the transport that the settings ask for."""
    connection = BackendConnection()
    if isinstance(connection.backend, EmailBackend):
        return SmtpPool(
            EmailBackend,
            settings.SMTP_CONNECTIONS,
            journal,
            served_connections=served_connections.recall(timezone.now()),
            remember_connections=lambda served: served_connections.remember(served, timezone.now()),
        )
    if isinstance(connection.backend, AnymailBaseBackend):
        return ProviderPool(
            [SequentialTransport(BackendConnection(), journal) for _ in range(settings.API_CONNECTIONS)]
        )
    return SequentialTransport(connection, journal)
