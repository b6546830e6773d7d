"""Providers that take a letter once however often they are given it: one whose answer was lost may be sent again.

They know a letter by a key that is sent along: here the same one whenever the same delivery is sent, because it follows
from the Message-ID. One that refuses a key as used has processed the letter before, so the letter counts as accepted.
Of the providers that Anymail knows these three promise it; with all others a lost answer leaves doubt.

Resend, https://resend.com/docs/dashboard/emails/idempotency-keys: the HTTP header Idempotency-Key, for 24 hours. The
same letter again gets the answer it got before, another one under its key 409 `invalid_idempotent_request`, and one
that is still in work 409 `concurrent_idempotent_requests`.

SparkPost, https://github.com/SparkPost/developers.sparkpost.com/pull/590: the same header and time; 409 with the codes
1600 and 1601 for the same two reasons.

Brevo, https://developers.brevo.com/docs/heterogenous-versions-batch-emails: the header `idempotencyKey`, a UUID, for 30
minutes; https://developers.brevo.com/changelog/email-api-now-supports-idempotency says 15. A key that was used is
refused with `duplicate_parameter`. By the words it is a header of the request, in the example one of the letter: it is
sent as both.
"""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from anymail.backends.base_requests import RequestsPayload
from anymail.backends.brevo import EmailBackend as BrevoBackend
from anymail.backends.resend import EmailBackend as ResendBackend
from anymail.backends.sparkpost import EmailBackend as SparkPostBackend
from anymail.exceptions import AnymailRequestsAPIError
from anymail.message import AnymailRecipientStatus
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from requests import Response

from digest.delivery.outcomes.classify import is_never_connected


def open_connection() -> Any:
    """The configured way out, of a class of ours where the provider knows keys."""
    return get_connection(WITH_KEYS.get(settings.EMAIL_BACKEND))


def repeat_window(connection: Any) -> timedelta:
    """Return how long after a lost answer the same letter may be sent again without making a second one.

    Zero where the provider makes no such promise.
    """
    window: timedelta = getattr(connection, "repeatable_for", timedelta(0))
    return window


def idempotency_key(message: EmailMessage) -> str:
    """A UUID, as Brevo wants it; empty for what has no Message-ID of its own."""
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
        """A letter that was taken before has no number of the provider's."""
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


class Resend(IdempotentBackend, ResendBackend):  # type: ignore[misc]
    repeatable_for = timedelta(hours=23)

    def knows_key(self, response: Response) -> bool:
        return response.status_code == 409 and '"invalid_idempotent_request"' in response.text


class SparkPost(IdempotentBackend, SparkPostBackend):  # type: ignore[misc]
    repeatable_for = timedelta(hours=23)

    def knows_key(self, response: Response) -> bool:
        return response.status_code == 409 and re.search(r"\b1600\b", response.text) is not None


class Brevo(IdempotentBackend, BrevoBackend):  # type: ignore[misc]
    repeatable_for = timedelta(minutes=12)

    def add_key(self, payload: RequestsPayload, key: str) -> None:
        payload.headers["idempotencyKey"] = key
        payload.data["headers"]["idempotencyKey"] = key

    def knows_key(self, response: Response) -> bool:
        return response.status_code == 400 and '"duplicate_parameter"' in response.text


WITH_KEYS = {
    f"anymail.backends.{name}.EmailBackend": f"{__name__}.{ours.__name__}"
    for name, ours in (("brevo", Brevo), ("resend", Resend), ("sparkpost", SparkPost))
}
