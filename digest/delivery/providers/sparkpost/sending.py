"""SparkPost with idempotency keys: https://github.com/SparkPost/developers.sparkpost.com/pull/590

The HTTP header Idempotency-Key, for 24 hours. 409 with the code 1600 is another letter under a used key, 409 with 1601
one that is still in work.
"""

import re
from datetime import timedelta

from anymail.backends.sparkpost import EmailBackend as SparkPostBackend
from requests import Response

from digest.delivery.providers.idempotency import IdempotentBackend


class EmailBackend(IdempotentBackend, SparkPostBackend):  # type: ignore[misc]
    """Anymail's backend for SparkPost, with a key for each letter."""

    repeatable_for = timedelta(hours=23)

    def knows_key(self, response: Response) -> bool:
        return response.status_code == 409 and re.search(r"\b1600\b", response.text) is not None
