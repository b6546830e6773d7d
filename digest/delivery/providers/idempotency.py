"""Idempotency keys: a provider that knows them takes a letter once, however often it is given it.

So a letter whose answer was lost may be sent again. The provider knows a letter by a key that is sent along: here the
same one whenever the same delivery is sent, because it follows from the Message-ID. A provider that refuses a key as
used has processed the letter before, so the letter counts as accepted. Of the providers that Anymail knows, Resend,
SparkPost and Brevo promise it (their folders say how); with all others a lost answer leaves doubt.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from anymail.backends.base_requests import RequestsPayload
from anymail.exceptions import AnymailRequestsAPIError
from anymail.message import AnymailRecipientStatus
from django.core.mail import EmailMessage
from requests import Response

from digest.delivery.sending_errors import is_never_connected


def repeat_window(connection: Any) -> timedelta:
    """Return how long after a lost answer the same letter may be sent again without making a second one.

    Zero where the provider makes no such promise.
    """
    window: timedelta = getattr(connection, "repeatable_for", timedelta(0))
    return window


def idempotency_key(message: EmailMessage) -> str:
    """Return a UUID, as Brevo wants it; empty for a message without a Message-ID of ours."""
    own = str(message.extra_headers.get("Message-ID", "")).strip("<>")
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"mid:{own}")) if own else ""


class IdempotentBackend:
    """A mixin before a backend of Anymail's that sends an idempotency key with each letter."""

    # Less than the provider promises, because its clock and ours need not agree.
    repeatable_for: timedelta

    def build_message_payload(self, message: EmailMessage, defaults: dict[str, Any]) -> RequestsPayload:
        payload = super().build_message_payload(message, defaults)  # type: ignore[misc]
        if own := idempotency_key(message):
            self.add_key(payload, own)
        return payload

    def post_to_esp(self, payload: RequestsPayload, message: EmailMessage) -> Response:
        """Post, and once more at once where the answer was lost: mostly the provider had closed an idle connection."""
        backend: Any = self
        post: Callable[..., Response] = super().post_to_esp  # type: ignore[misc]
        try:
            return post(payload, message)
        except AnymailRequestsAPIError as error:
            if error.response is not None or is_never_connected(error) or not idempotency_key(message):
                raise
        backend.close()
        backend.open()
        return post(payload, message)

    def raise_for_status(self, response: Response, payload: RequestsPayload, message: EmailMessage) -> None:
        if not self.knows_key(response):
            super().raise_for_status(response, payload, message)  # type: ignore[misc]

    def parse_recipient_status(
        self, response: Response, payload: RequestsPayload, message: EmailMessage
    ) -> dict[str, AnymailRecipientStatus]:
        """Return the status of the recipient. A letter that was taken before has no id of the provider's."""
        if self.knows_key(response):
            return {each: AnymailRecipientStatus(message_id=None, status="queued") for each in message.recipients()}
        found: dict[str, AnymailRecipientStatus] = super().parse_recipient_status(  # type: ignore[misc]
            response, payload, message
        )
        return found

    def add_key(self, payload: RequestsPayload, key: str) -> None:
        payload.headers["Idempotency-Key"] = key

    def knows_key(self, response: Response) -> bool:
        """Return whether the provider refuses a letter because it has had one with this key."""
        raise NotImplementedError
