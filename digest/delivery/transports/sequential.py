"""Letters one at a time, through any of Django's mail backends."""

from collections.abc import Callable, Iterator, Sequence

from digest.delivery.message import build_message
from digest.delivery.outcomes import classify
from digest.delivery.outcomes.classify import Outcome
from digest.delivery.rate_limits.pacing import UNPACED, Pacing
from digest.delivery.transports.django_backend import BackendConnection
from digest.delivery.transports.envelope import Envelope
from digest.delivery.workers.journal import Journal


class SequentialTransport:
    def __init__(self, connection: BackendConnection, journal: Journal) -> None:
        self._connection, self._journal = connection, journal
        self.idempotent, self.repeatable_for = connection.idempotent, connection.repeatable_for

    def open(self) -> None:
        """Open the connection. Raises TransportDown."""
        self._connection.open()

    def send_all(
        self, envelopes: Sequence[Envelope], may_continue: Callable[[], bool], pacing: Pacing = UNPACED
    ) -> Iterator[tuple[Envelope, Outcome]]:
        """Send and yield the outcome of each envelope. Those not begun when *may_continue* turns false are left out."""
        for envelope in envelopes:
            if not pacing.wait(may_continue):
                return
            pacing.begin()
            yield envelope, self._send_one(envelope)

    def _send_one(self, envelope: Envelope) -> Outcome:
        try:
            message = build_message(envelope.letter, self._connection.backend)
        except Exception as error:  # whatever is wrong with one letter is no reason to keep back the others
            return classify.classify_encoding_error(error)
        self._journal.leaving(envelope.key)
        outcome = self._connection.send(message)
        if outcome.kind != "uncertain":
            self._journal.answered(envelope.key, outcome.kind, outcome.provider_id)
        return outcome

    def close(self) -> None:
        self._connection.close()
