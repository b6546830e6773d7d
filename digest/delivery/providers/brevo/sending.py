"""Brevo with idempotency keys: https://developers.brevo.com/docs/heterogenous-versions-batch-emails

The header `idempotencyKey`, a UUID, for 30 minutes; https://developers.brevo.com/changelog/email-api-now-supports-idempotency
says 15. A key that was used is refused with `duplicate_parameter`. By the words it is a header of the request, in the
example one of the letter: it is sent as both.
"""

from datetime import timedelta

from anymail.backends.base_requests import RequestsPayload
from anymail.backends.brevo import EmailBackend as BrevoBackend
from requests import Response

from digest.delivery.providers.idempotency import IdempotentBackend


class EmailBackend(IdempotentBackend, BrevoBackend):  # type: ignore[misc]
    """Anymail's backend for Brevo, with a key for each letter."""

    repeatable_for = timedelta(minutes=12)

    def add_key(self, payload: RequestsPayload, key: str) -> None:
        payload.headers["idempotencyKey"] = key
        payload.data["headers"]["idempotencyKey"] = key

    def knows_key(self, response: Response) -> bool:
        return response.status_code == 400 and '"duplicate_parameter"' in response.text
