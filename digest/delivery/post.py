"""The one open way to the mail server or provider. It never raises for a letter: it tells what became of it."""

from contextlib import suppress
from typing import Any

from anymail.exceptions import AnymailError
from django.core.mail import get_connection

from digest.delivery import outcomes
from digest.delivery.messages import LetterMessage
from digest.delivery.outcomes import Kind, Outcome


class Down(Exception):
    """The mail server cannot be reached, or lets nobody in; the text says why."""


class Post:
    """Opened when first needed, kept open, and opened again after trouble."""

    def __init__(self) -> None:
        self.connection: Any = get_connection()
        self.idempotent = bool(getattr(self.connection, "idempotent", False))
        """Sending a letter twice stores it once."""

    def open(self) -> None:
        """Raises Down."""
        try:
            self.connection.open()
        except (OSError, AnymailError) as error:
            self.close()
            raise Down(f"{type(error).__name__}: {error}") from error

    def send(self, message: LetterMessage) -> Outcome:
        """One more try where the server had closed an idle connection, or wants a new one after so many letters."""
        outcome = self._once(message)
        if outcome.kind != "closed":
            return outcome
        try:
            self.open()
        except Down as error:
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
            return outcomes.read(error, unclear=self._unclear())
        return Outcome("accepted") if sent else Outcome("failed", "the mail backend sent nothing")

    def _unclear(self) -> Kind:
        certain = self.idempotent or getattr(self.connection, "tells_lost_answers", False)
        return "deferred" if certain else "uncertain"
