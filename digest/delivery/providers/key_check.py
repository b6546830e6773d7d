"""Whether the configured mail provider takes our key, without sending a letter."""

from enum import Enum, auto
from typing import Any, NamedTuple
from urllib.parse import urljoin

import httpx2
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, get_connection

from digest.delivery.providers.registry import find_configured_provider

TIMEOUT_SECONDS = 10.0
# Of an answer so much is read.
MAX_ANSWER_BYTES = 100_000


class KeyState(Enum):
    TAKEN = auto()
    # The provider refuses it, or a setting is missing.
    REFUSED = auto()
    # The provider did not answer.
    AWAY = auto()
    # There is no way to try it but a letter.
    UNKNOWN = auto()


class KeyCheck(NamedTuple):
    state: KeyState
    # Why, as an end of a sentence.
    reason: str = ""


def check_key() -> KeyCheck:
    """Ask the provider's API for a page that changes nothing, with the headers that a letter would have.

    What Anymail needs besides is looked at as well.
    """
    try:
        backend: Any = get_connection(settings.EMAIL_BACKEND)
    except (ImproperlyConfigured, ImportError) as error:
        return KeyCheck(KeyState.REFUSED, " ".join(str(error).split()))
    provider = find_configured_provider()
    if provider is None or not provider.key_page:
        return KeyCheck(KeyState.UNKNOWN)
    letter = EmailMessage("Test", "Test", settings.DEFAULT_FROM_EMAIL, ["nobody@example.org"])
    request = backend.build_message_payload(letter, backend.send_defaults).get_request_params(backend.api_url)
    page = urljoin(backend.api_url, provider.key_page)
    headers, auth = request["headers"], request["auth"]
    try:
        with httpx2.stream("GET", page, headers=headers, auth=auth, timeout=TIMEOUT_SECONDS) as answer:
            status, body = answer.status_code, next(answer.iter_text(MAX_ANSWER_BYTES), "")
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
        return KeyCheck(KeyState.AWAY, type(error).__name__)
    if provider.refuses_key(status, body):
        return KeyCheck(KeyState.REFUSED, str(status))
    return KeyCheck(KeyState.AWAY, str(status)) if status >= 500 else KeyCheck(KeyState.TAKEN)
