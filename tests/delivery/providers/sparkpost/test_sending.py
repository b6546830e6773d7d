"""SparkPost refuses a used key with 409 and the code 1600."""

import pytest

from digest.delivery.providers.sparkpost.sending import EmailBackend
from tests.delivery.providers.responses import response


@pytest.mark.usefixtures("provider_office")
@pytest.mark.parametrize(
    ("status", "body", "known"),
    [
        (409, '{"errors":[{"code":"1600"}]}', True),
        (409, '{"errors":[{"code":"1601"}]}', False),
        (409, '{"errors":[{"code":"16001"}]}', False),
        (422, '{"errors":[{"code":"1600"}]}', False),
    ],
)
def test_only_a_refused_key_means_that_the_letter_was_taken(status: int, body: str, known: bool) -> None:
    assert EmailBackend().knows_key(response(status, body)) is known
