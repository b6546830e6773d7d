"""Resend with idempotency keys: https://resend.com/docs/dashboard/emails/idempotency-keys

The HTTP header Idempotency-Key, for 24 hours. The same letter again gets the answer it got before, another one under
its key 409 `invalid_idempotent_request`, and one that is still in work 409 `concurrent_idempotent_requests`.
"""

from datetime import timedelta

from anymail.backends.resend import EmailBackend as ResendBackend
from requests import Response

from digest.delivery.providers.idempotency import IdempotentBackend


class EmailBackend(IdempotentBackend, ResendBackend):  # type: ignore[misc]
    """Anymail's backend for Resend, with a key for each letter."""

    repeatable_for = timedelta(hours=23)

    def knows_key(self, response: Response) -> bool:
        return response.status_code == 409 and '"invalid_idempotent_request"' in response.text
