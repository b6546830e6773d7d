"""Brevo refuses a used key with 400 `duplicate_parameter`."""

import pytest

from digest.delivery.providers.brevo.sending import EmailBackend
from tests.delivery.providers.responses import response


@pytest.mark.usefixtures("provider_office")
@pytest.mark.parametrize(
    ("status", "body", "known"),
    [
        (400, '{"code":"duplicate_parameter"}', True),
        (400, '{"code":"invalid_parameter"}', False),
        (409, '{"code":"duplicate_parameter"}', False),
        (201, '{"messageId":"<1>"}', False),
    ],
)
def test_only_a_refused_key_means_that_the_letter_was_taken(status: int, body: str, known: bool) -> None:
    assert EmailBackend().knows_key(response(status, body)) is known
