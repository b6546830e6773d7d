"""A throttle answer is about the relay, the recipient's domain, or one connection."""

import smtplib

import pytest

from digest.delivery.outcomes import classify
from digest.delivery.outcomes.classify import Outcome
from digest.delivery.rate_limits.throttling import (
    Throttled,
    asks_to_slow_down,
    read_throttling,
    refuses_connections_for_now,
)
from subscriptions.email.mail_answers import Stage

GMAIL = "421 4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address."
NAMES_US = (
    GMAIL,
    "421 RP-001 The mail server IP connecting to Outlook.com server has exceeded the rate limit allowed.",
    "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints",
    "451 4.7.1 Too many messages from your host, slow down",
    "450 4.7.1 Error: too much mail from 192.0.2.1",
    "450 4.7.1 Error: too many recipients from 192.0.2.1",
    "450 4.7.1 Error: too much mail from unknown[2001:db8::1]",
    "451 4.7.0 Your account has exceeded the rate limit of this server",
    "451 4.7.1 Sender rate limit exceeded for example.org",
)
NAMES_NOBODY = (
    "454 Throttling failure: Maximum sending rate exceeded.",
    "450 Requested mail action not taken: rate limited",
    "451 4.4.4 Connection frequency limited",
    "421 4.7.66 Throttled",
    "451 4.7.1 Too many messages, slow down",
    "432 4.3.2 STOREDRV.ClientSubmit; sending too fast",
    "451 4.3.0 Message rate has been exceeded",
    "450 4.2.1 Peak SMTP relay limit exceeded for customer",
    "452 4.5.3 Too many messages for this user, try later",
    "450 4.7.1 user ada has exceeded the rate limit",
    "451 4.7.1 Recipient account receives too many messages",
    "452 4.3.1 host too much load",
    "450 4.7.1 Too many messages, send your message later",
)
NAMES_THE_DOMAIN = (
    "451 4.7.1 Too many messages to example.org",
    "450 4.7.1 example.org throttled, try again later",
    "451 Rate limit exceeded for this domain",
    "451 4.7.1 Too much mail for the recipient domain",
    "421 4.7.28 Example has detected an unusual rate of mail",
)
NAMES_A_CONNECTION = (
    "452 4.5.3 Too many messages on this connection",
    "421 4.7.0 Too many messages in this session",
    "421 4.4.5 Too many concurrent SMTP connections",
    "432 4.3.2 Concurrent connections limit exceeded",
    "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded",
    "452 4.3.2 Limit of 20 messages per connection reached",
)
NAMES_ONE_LETTER = (
    "451 4.7.1 Greylisting in action, please come back later",
    "450 4.7.1 Greylisted, see https://postgrey.example/",
    "450 4.2.1 The user you are trying to contact is receiving mail at a rate that prevents more",
    "452 4.2.2 Mailbox full: quota exceeded its limit",
    "452 4.5.3 Too many recipients",
    "451 4.3.0 Try again later",
    "450 4.1.8 Sender address rejected: Domain not found",
)


def read(answer: str, stage: Stage) -> Throttled:
    code, _, words = answer.partition(" ")
    return read_throttling(classify.classify_answer(int(code), words, stage, "ada@example.org"), "example.org")


@pytest.mark.parametrize("answer", [*NAMES_US, *NAMES_NOBODY, *NAMES_THE_DOMAIN])
@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.DATA])
def test_before_and_after_the_recipient_the_relay_throttles(answer: str, stage: Stage) -> None:
    assert read(answer, stage) is Throttled.RELAY


@pytest.mark.parametrize("answer", NAMES_US)
def test_an_answer_that_names_us_is_about_all_letters(answer: str) -> None:
    assert read(answer, Stage.RCPT) is Throttled.RELAY


@pytest.mark.parametrize("answer", NAMES_THE_DOMAIN)
def test_an_answer_at_rcpt_that_names_the_domain_is_about_it(answer: str) -> None:
    assert read(answer, Stage.RCPT) is Throttled.DOMAIN


@pytest.mark.parametrize("answer", NAMES_NOBODY)
def test_an_answer_at_rcpt_that_names_nobody_rests_no_domain(answer: str) -> None:
    assert read(answer, Stage.RCPT) is Throttled.UNCLEAR


@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT, Stage.DATA])
@pytest.mark.parametrize("answer", NAMES_A_CONNECTION)
def test_a_limit_of_one_connection_slows_nobody_down(answer: str, stage: Stage) -> None:
    assert read(answer, stage) is Throttled.CONNECTION
    assert not asks_to_slow_down(answer)


@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT, Stage.DATA])
@pytest.mark.parametrize("answer", NAMES_ONE_LETTER)
def test_answers_that_speak_of_one_letter_slow_nobody_down(answer: str, stage: Stage) -> None:
    assert read(answer, stage) is Throttled.NOTHING


@pytest.mark.parametrize("answer", ["550 5.4.5 Daily user sending limit exceeded", "554 5.7.1 Too many messages"])
def test_a_refusal_for_good_is_no_throttling(answer: str) -> None:
    assert read(answer, Stage.DATA) is Throttled.NOTHING


def test_a_provider_that_answers_429_is_asked_more_slowly() -> None:
    outcome = Outcome("deferred", "Resend API response 429 (Too Many Requests)")
    assert read_throttling(outcome, "example.org") is Throttled.RELAY


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (smtplib.SMTPConnectError(421, b"4.7.0 Rate limit exceeded, try again later"), True),
        (smtplib.SMTPAuthenticationError(454, b"4.7.0 Too many login attempts, try again later"), True),
        (smtplib.SMTPAuthenticationError(535, b"5.7.8 Too many failed logins since 430 hours, locked"), False),
        (smtplib.SMTPConnectError(554, b"Too many bad commands from your IP, blocked for good"), False),
        (smtplib.SMTPConnectError(421, b"4.3.2 Service not available"), False),
        (TimeoutError("too many of 451"), False),
        (None, False),
    ],
)
def test_only_the_code_says_whether_a_refusal_passes(error: Exception | None, passes: bool) -> None:
    assert refuses_connections_for_now(error) is passes
