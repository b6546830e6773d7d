"""What a provider says of its recipients is read from Anymail's error."""

from types import SimpleNamespace

import pytest
from anymail.exceptions import AnymailRecipientsRefused

from subscriptions.email.provider_answers import find_recipient_statuses


@pytest.mark.parametrize("statuses", [(), ("invalid",), ("invalid", "rejected")])
def test_the_statuses_of_all_recipients_are_found(statuses: tuple[str, ...]) -> None:
    recipients = {f"reader{number}@example.org": SimpleNamespace(status=each) for number, each in enumerate(statuses)}
    message = SimpleNamespace(anymail_status=SimpleNamespace(recipients=recipients))
    assert find_recipient_statuses(AnymailRecipientsRefused(email_message=message)) == set(statuses)


def test_an_error_without_a_letter_says_nothing_of_recipients() -> None:
    assert find_recipient_statuses(AnymailRecipientsRefused()) == set()
