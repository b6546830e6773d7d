"""Whose fault it is that a short letter was not taken, from the errors that senders raise."""

import smtplib
from types import SimpleNamespace
from typing import Any

import pytest
from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailRequestsAPIError,
    AnymailUnsupportedFeature,
)

from subscriptions.email.failures import MAIL_ERRORS, find_failure
from subscriptions.email.mail_answers import Fault

RECIPIENT = "ada@example.org"


def provider_error(status: int, text: str) -> AnymailAPIError:
    response = SimpleNamespace(status_code=status, text=text, reason="", json=dict)
    return AnymailAPIError("the call failed", status_code=status, response=response)


def refused_by_provider(status: str, text: str = "") -> AnymailRecipientsRefused:
    message: Any = SimpleNamespace(
        anymail_status=SimpleNamespace(recipients={RECIPIENT: SimpleNamespace(status=status)})
    )
    response = SimpleNamespace(text=text)
    return AnymailRecipientsRefused(email_message=message, response=response)


@pytest.mark.parametrize("status", [401, 402, 403, 429, 500, 502, 503])
def test_a_provider_that_lets_us_do_nothing_refuses_everybody(status: int) -> None:
    failure = find_failure(provider_error(status, "no"), RECIPIENT)
    assert (failure.fault.is_ours, failure.concerns_everybody) == (True, True)


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ('{"message": "The from domain post.example is not verified"}', True),
        ('{"message": "Sender signature not confirmed"}', True),
        ('{"message": "Daily sending quota exceeded"}', True),
        ('{"message": "Invalid `to` field"}', False),
        ('{"Message": "You tried to send to a recipient that has been marked as inactive."}', False),
        ("", False),
    ],
)
def test_other_answers_of_a_provider_depend_on_their_words(text: str, ours: bool) -> None:
    failure = find_failure(provider_error(422, text), RECIPIENT)
    assert failure.fault.is_ours == ours
    assert failure.fault != Fault.GONE
    assert not failure.concerns_everybody


def test_only_an_address_that_a_provider_calls_invalid_is_gone() -> None:
    assert find_failure(refused_by_provider("invalid"), RECIPIENT).fault == Fault.GONE
    assert find_failure(refused_by_provider("rejected"), RECIPIENT).fault == Fault.DOUBT
    assert find_failure(refused_by_provider("rejected", "invalid-sender"), RECIPIENT).fault == Fault.SENDER
    assert find_failure(AnymailRecipientsRefused(), RECIPIENT).fault == Fault.DOUBT


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError("away"),
        TimeoutError(),
        smtplib.SMTPServerDisconnected("gone"),
        ValueError("a challenge that is no Base64"),
        smtplib.SMTPNotSupportedError("STARTTLS extension not supported by server."),
        AnymailRequestsAPIError("no answer"),
        AnymailConfigurationError("You must set RESEND_API_KEY"),
        ModuleNotFoundError("No module named 'boto3'"),
    ],
)
def test_no_answer_at_all_is_of_the_network(error: Exception) -> None:
    assert isinstance(error, MAIL_ERRORS)
    failure = find_failure(error, RECIPIENT)
    assert (failure.fault.is_ours, failure.concerns_everybody) == (True, True)


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPConnectError(554, b"no"),
        smtplib.SMTPHeloError(504, b"no"),
        smtplib.SMTPAuthenticationError(535, b"no such user ada@example.org"),
        smtplib.SMTPSenderRefused(553, b"no", "letters@post.example"),
        smtplib.SMTPResponseException(454, b"TLS not available"),
    ],
)
def test_an_answer_before_the_recipient_is_ours_and_for_all(error: smtplib.SMTPResponseException) -> None:
    failure = find_failure(error, RECIPIENT)
    assert (failure.fault.is_ours, failure.concerns_everybody) == (True, True)


@pytest.mark.parametrize(
    "answer", [(450, b"4.7.0 Greylisted"), (451, b"4.7.1 greylisting in action"), (452, b"graylist")]
)
def test_greylisting_is_no_mistake_of_ours(answer: tuple[int, bytes]) -> None:
    failure = find_failure(smtplib.SMTPRecipientsRefused({RECIPIENT: answer}), RECIPIENT)
    assert failure.fault == Fault.DOUBT


def test_what_a_provider_cannot_do_is_ours_and_an_odd_address_is_not() -> None:
    assert find_failure(AnymailUnsupportedFeature("reply_to"), RECIPIENT).fault == Fault.RELAY
    assert find_failure(AnymailInvalidAddress(f"Invalid email address '{RECIPIENT}'"), RECIPIENT).fault == Fault.DOUBT
    assert find_failure(AnymailInvalidAddress("Invalid email address '<<'"), RECIPIENT).fault == Fault.RELAY


def test_a_server_without_foreign_addresses_is_that_readers_matter() -> None:
    error = smtplib.SMTPNotSupportedError("SMTPUTF8 not supported by server")
    failure = find_failure(error, "бао@example.org")
    assert (failure.fault, failure.concerns_everybody) == (Fault.DOUBT, False)


def test_a_reason_names_nobody_and_is_one_short_line() -> None:
    text = b"5.1.1 <ada@example.org>:\r\n no such user " + b"x" * 5000
    failure = find_failure(smtplib.SMTPRecipientsRefused({RECIPIENT: (550, text)}), RECIPIENT)
    assert failure.reason.startswith("SMTPRecipientsRefused 550 5.1.1 <…>: no such user")
    assert len(failure.reason) <= 200
    assert "\n" not in failure.reason
