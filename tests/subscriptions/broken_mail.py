"""A mail server that is away."""

from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class Broken(BaseEmailBackend):
    """Raises ConnectionRefusedError for every letter."""

    def open(self) -> bool | None:
        raise ConnectionRefusedError("the mail server is away")

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise ConnectionRefusedError("the mail server is away")
