"""Resend refuses a used key with 409 `invalid_idempotent_request`."""

import pytest

from digest.delivery.providers.resend.sending import EmailBackend
from tests.delivery.providers.responses import response


@pytest.mark.usefixtures("provider_office")
@pytest.mark.parametrize(
    ("status", "body", "known"),
    [
        (409, '{"name":"invalid_idempotent_request"}', True),
        (409, '{"name":"concurrent_idempotent_requests"}', False),
        (422, '{"name":"invalid_idempotent_request"}', False),
        (200, '{"id":"1"}', False),
    ],
)
def test_only_a_refused_key_means_that_the_letter_was_taken(status: int, body: str, known: bool) -> None:
    assert EmailBackend().knows_key(response(status, body)) is known
