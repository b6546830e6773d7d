"""A mail backend of Django's, for files and for providers behind Anymail. It returns an outcome for every letter."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from anymail.exceptions import AnymailError, AnymailRecipientsRefused

from digest.delivery.message import LetterMessage, provider_id
from digest.delivery.outcomes import classify
from digest.delivery.outcomes.classify import Outcome
from digest.delivery.providers import idempotency, registry
from digest.delivery.sending_errors import TransportDown
from subscriptions.email.mail_answers import Fault


class BackendConnection:
    """A connection that is opened when first needed, kept open, and opened again after an error."""

    def __init__(self, backend: Any = None) -> None:
        self.backend = backend or registry.open_connection()
        # Sending a letter twice stores it once.
        self.idempotent = bool(getattr(self.backend, "idempotent", False))
        self.repeatable_for = idempotency.repeat_window(self.backend)

    def open(self) -> None:
        """Open the connection. Raises TransportDown."""
        try:
            self.backend.open()
        except (OSError, AnymailError) as error:
            self.close()
            raise TransportDown(f"{type(error).__name__}: {error}") from error

    def send(self, message: LetterMessage) -> Outcome:
        """Send a message, with one more try where an idle connection was closed, and return its outcome."""
        outcome = self._send_once(message)
        if outcome.kind != "closed":
            return outcome
        try:
            self.open()
        except TransportDown as error:
            return Outcome("down", str(error), Fault.NETWORK)
        second = self._send_once(message)
        return replace(second, kind="deferred") if second.kind == "closed" else second

    def close(self) -> None:
        with suppress(OSError, AnymailError):
            self.backend.close()

    def _send_once(self, message: LetterMessage) -> Outcome:
        try:
            sent = self.backend.send_messages([message])
        except Exception as error:  # every kind is weighed in outcomes
            self.close()
            return _check_provider_response(
                classify.classify_error(error, unclear="deferred" if self.idempotent else "uncertain"), error, message
            )
        if not sent:
            return Outcome("failed", "the mail backend sent nothing")
        return Outcome("accepted", provider_id=provider_id(message))


def _check_provider_response(outcome: Outcome, error: Exception, message: LetterMessage) -> Outcome:
    """Return *outcome*, or uncertain where the provider has answered: it may have taken the letter."""
    response = getattr(getattr(message, "anymail_status", None), "esp_response", None)
    if response is None or isinstance(error, AnymailRecipientsRefused):
        return outcome
    return replace(outcome, kind="uncertain")
