"""What an error means for the letter it befell."""

import smtplib
import time
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused, AnymailUnsupportedFeature
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.outcomes import classify
from digest.delivery.outcomes.classify import Outcome, OutcomeKind, clean_reason
from digest.delivery.sending_errors import ReplyLost
from subscriptions.email.mail_answers import Fault, Stage


def refused(code: int, text: bytes) -> smtplib.SMTPRecipientsRefused:
    return smtplib.SMTPRecipientsRefused({"ada@example.org": (code, text)})


def provider(status: int | None, cause: Exception | None = None) -> Any:
    """As Anymail makes them: its own class and that of requests in one."""
    if cause is None:
        error = AnymailAPIError("answer")
        error.status_code = status
        error.response = SimpleNamespace(reason="Reason", json=dict, text="")
        return error
    both: Any = type("Both", (AnymailAPIError, type(cause)), {})
    error = both("could not connect")
    error.__cause__ = cause
    return error


class NewConnectionError(Exception):
    """Named as urllib3's."""


CASES: list[tuple[Exception, OutcomeKind]] = [
    (ReplyLost("gone"), "uncertain"),
    (refused(450, b"later"), "deferred"),
    (refused(421, b"closing"), "closed"),
    (refused(550, b"no"), "failed"),
    (smtplib.SMTPSenderRefused(451, b"later", "x"), "deferred"),
    (smtplib.SMTPSenderRefused(421, b"closing", "x"), "closed"),
    (smtplib.SMTPSenderRefused(550, b"who are you", "x"), "down"),
    (smtplib.SMTPSenderRefused(552, b"too large", "x"), "failed"),
    (smtplib.SMTPDataError(421, b"closing"), "deferred"),
    (smtplib.SMTPDataError(554, b"spam"), "failed"),
    (smtplib.SMTPServerDisconnected("gone"), "uncertain"),
    (TimeoutError("slow"), "uncertain"),
    (ValueError("an address without a host"), "failed"),
    (RuntimeError("who knows"), "uncertain"),
    (provider(400), "failed"),
    (provider(401), "down"),
    (provider(429), "deferred"),
    (provider(500), "uncertain"),
    (provider(503), "deferred"),
    (provider(200), "uncertain"),
    (provider(None, requests.ConnectTimeout()), "down"),
    (provider(None, requests.ReadTimeout()), "uncertain"),
    (provider(None, requests.ConnectionError("Connection aborted.")), "uncertain"),
    (
        provider(None, requests.ConnectionError(SimpleNamespace(reason=NewConnectionError("refused")))),
        "down",
    ),
    (AnymailUnsupportedFeature("no such thing"), "failed"),
    (AnymailRecipientsRefused(), "failed"),
]


@pytest.mark.parametrize(("error", "kind"), CASES, ids=lambda value: type(value).__name__)
def test_an_error_means(error: Exception, kind: OutcomeKind) -> None:
    assert classify.classify_error(error).kind == kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (smtplib.SMTPServerDisconnected("gone"), "closed"),
        (OSError("disk full"), "deferred"),
        (ReplyLost("gone"), "uncertain"),
    ],
)
def test_a_backend_that_tells_lost_answers_leaves_less_doubt(error: Exception, kind: OutcomeKind) -> None:
    assert classify.classify_error(error, unclear="deferred").kind == kind


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        (b"5.1.1 The email account that you tried to reach does not exist", True),
        (b"5.1.10 Recipient not found", True),
        (b"No such user here", True),
        (b"User unknown", True),
        (b"Requested action not taken: mailbox unavailable", True),
        (b"5.7.1 User unknown to our filter", False),
        (b"5.2.2 Mailbox full", False),
        (b"Message rejected: listed at a block list", False),
        (b"", False),
    ],
)
def test_only_an_address_that_does_not_exist_counts_as_one(text: bytes, unknown: bool) -> None:
    assert (classify.classify_error(refused(550, text)).fault is Fault.GONE) is unknown


def test_an_address_a_provider_calls_invalid_does_not_exist() -> None:
    def refusal(status: str) -> AnymailRecipientsRefused:
        recipients = {"ada@example.org": SimpleNamespace(status=status)}
        message = SimpleNamespace(anymail_status=SimpleNamespace(recipients=recipients))
        return AnymailRecipientsRefused(email_message=message)

    assert classify.classify_error(refusal("invalid")).fault == Fault.GONE
    assert classify.classify_error(refusal("rejected")).fault == Fault.DOUBT


def test_a_provider_that_refuses_an_address_on_its_list_says_so() -> None:
    def refusal(esp_name: str, text: str) -> Outcome:
        recipients = {"ada@example.org": SimpleNamespace(status="rejected")}
        message = SimpleNamespace(anymail_status=SimpleNamespace(recipients=recipients))
        error = AnymailRecipientsRefused(email_message=message, backend=SimpleNamespace(esp_name=esp_name))
        error.response = SimpleNamespace(text=text, status_code=422, reason="", json=dict)
        return classify.classify_error(error)

    inactive = '{"ErrorCode": 406, "Message": "You tried to send to a recipient that has been marked as inactive."}'
    assert refusal("Postmark", inactive).fault == Fault.SUPPRESSED
    assert refusal("Postmark", "{}").fault == Fault.DOUBT
    assert refusal("Mandrill", '[{"status": "rejected", "reject_reason": "hard-bounce"}]').fault == Fault.SUPPRESSED
    assert refusal("Mandrill", '[{"status": "rejected", "reject_reason": "invalid-sender"}]').fault == Fault.DOUBT


def test_a_call_refused_for_its_recipient_is_not_about_us() -> None:
    def refusal(text: str) -> Outcome:
        error = AnymailAPIError(text, email_message=SimpleNamespace(to=["ada@example.org"]))
        error.status_code, error.response = 422, SimpleNamespace(text=text, reason="", json=dict)
        return classify.classify_error(error)

    assert refusal("Invalid `to` field: ADA@example.org").fault == Fault.DOUBT
    assert refusal("The template is missing.").fault == Fault.RELAY


def test_a_long_answer_is_not_looked_through_to_its_end() -> None:
    """An hour's work for a processor, were it: whoever gets a letter decides what their server answers."""
    began = time.process_time()
    assert clean_reason("a" * 1_000_000) == "…"
    assert clean_reason("550 " + "ada@example.org " * 100_000).startswith("550 … …")
    assert time.process_time() - began < 2


def test_reasons_name_nobody_and_take_one_line() -> None:
    error = refused(550, b"5.1.1 <ada@example.org>: Recipient address\r\n5.1.1 rejected")
    assert classify.classify_error(error) == Outcome(
        "failed", "550 5.1.1 …: Recipient address 5.1.1 rejected", Fault.GONE, Stage.RCPT
    )


@given(code=st.integers(100, 999), text=st.binary(max_size=400))
def test_whatever_a_server_says_has_a_meaning(code: int, text: bytes) -> None:
    for error in (refused(code, text), smtplib.SMTPDataError(code, text), smtplib.SMTPSenderRefused(code, text, "x")):
        outcome = classify.classify_error(error)
        assert outcome.kind != "accepted"
        assert len(outcome.reason) <= 300
        assert outcome.reason.isprintable(), "no line break, and nothing that a database refuses"


def test_a_reason_has_no_name_of_its_recipient() -> None:
    said = "550 5.2.1 <Ada.L@example.org> user ada.l is over quota (ada.lee is not)"
    assert clean_reason(said, "Ada.L@example.org") == "550 5.2.1 … user … is over quota (ada.lee is not)"
    assert clean_reason(said) == "550 5.2.1 … user ada.l is over quota (ada.lee is not)"
