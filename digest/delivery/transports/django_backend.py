"""A mail backend of Django's, for files and for providers behind Anymail. It tells what became of a letter, always."""

from contextlib import suppress
from typing import Any

from anymail.exceptions import AnymailError, AnymailRecipientsRefused

from digest.delivery.message import LetterMessage, provider_id
from digest.delivery.outcomes import classify
from digest.delivery.outcomes.classify import Outcome, TransportDown
from digest.delivery.providers import idempotency, registry


class BackendConnection:
    """Opened when first needed, kept open, and opened again after trouble."""

    def __init__(self, connection: Any = None) -> None:
        self.connection = connection or registry.open_connection()
        # Sending a letter twice stores it once.
        self.idempotent = bool(getattr(self.connection, "idempotent", False))
        self.repeatable_for = idempotency.repeat_window(self.connection)

    def open(self) -> None:
        """Raises TransportDown."""
        try:
            self.connection.open()
        except (OSError, AnymailError) as error:
            self.close()
            raise TransportDown(f"{type(error).__name__}: {error}") from error

    def send(self, message: LetterMessage) -> Outcome:
        """Send a message, with one more try where an idle connection was closed, and return its outcome."""
        outcome = self._once(message)
        if outcome.kind != "closed":
            return outcome
        try:
            self.open()
        except TransportDown as error:
            return Outcome("down", str(error))
        again = self._once(message)
        return Outcome("deferred", again.reason) if again.kind == "closed" else again

    def close(self) -> None:
        with suppress(OSError, AnymailError):
            self.connection.close()

    def _once(self, message: LetterMessage) -> Outcome:
        try:
            sent = self.connection.send_messages([message])
        except Exception as error:  # every kind is weighed in outcomes
            self.close()
            return _weigh_provider_answer(
                classify.classify_error(error, unclear="deferred" if self.idempotent else "uncertain"), error, message
            )
        if not sent:
            return Outcome("failed", "the mail backend sent nothing")
        return Outcome("accepted", provider_id=provider_id(message))


def _weigh_provider_answer(outcome: Outcome, error: Exception, message: LetterMessage) -> Outcome:
    """A letter that the provider has taken has not failed, however odd its answer is."""
    answer = getattr(getattr(message, "anymail_status", None), "esp_response", None)
    if answer is None or isinstance(error, AnymailRecipientsRefused):
        return outcome
    return Outcome("uncertain", outcome.reason)
