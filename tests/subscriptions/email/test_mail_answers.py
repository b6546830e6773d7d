"""A reader is given up only where the answer shows that the mailbox is gone. `{r}` stands for the recipient."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.email.mail_answers import Answer, Fault, Ourselves, Stage, find_fault
from tests.conftest import SHARED

SENDER = "letters@post.example.org"
OURS = Ourselves(SENDER, frozenset({"post.example.org"}), frozenset({"192.0.2.7"}))
RECIPIENT = "pat@mail.example"


def fault_of(answer: str, stage: Stage | None = Stage.RCPT) -> Fault:
    lines = answer.replace("{r}", RECIPIENT).split("\n")
    return find_fault(Answer(int(lines[0][:3]), "\n".join(line[4:] for line in lines), stage, RECIPIENT, OURS))


GONE_AT_RCPT = [
    "550-5.1.1 The email account that you tried to reach does not exist. Please try\n550-5.1.1 double-checking the"
    " address.\n550 5.1.1  https://help.example/?p=policy-NoSuchUser a1-2002 - gsmtp",
    "550-5.2.1 The email account that you tried to reach is disabled. Learn more at\n550 5.2.1  https://help.example/",
    "550-5.2.1 The email account that you tried to reach is inactive. For more\n550-5.2.1 information, go to",
    "550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [AM6.mail.protection.example 2026-01-01]",
    "550 Recipient address rejected: Access denied. AS(201806281)",
    "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).",
    "550 5.1.1 <{r}>: Recipient address rejected: User unknown in relay recipient table",
    "550 <{r}>: Recipient address rejected: User unknown in virtual mailbox table",
    "550 <{r}>... User unknown",
    "550 5.1.1 unknown or illegal alias: {r}",
    "550 Message was not accepted -- invalid mailbox.  Local mailbox {r} is unavailable: account is disabled",
    "550 User not found: {r}",
    "550 Not our customer",
    "550 5.1.1 Benutzer unbekannt",
    "550 Invalid Recipient - https://help.example/docs/blocked-senders#550",
    "550 5.1.2 <{r}>: Recipient address rejected: Domain not found",
    "556 5.1.10 <{r}>: Recipient address rejected: Domain mail.example does not accept mail (nullMX)",
    "553 sorry, that recipient is not in my list of users (#5.1.1)",
    '550 unknown local-part "pat" in domain "mail.example"',
    "550 {r} unknown",
    "554 <{r}> does not exist",
    "550 This account has been disabled or discontinued [#102].",
    "550 5.2.1 Mailbox disabled, not accepting messages",
    "550 5.0.0 <{r}>... User unknown",
    "550 RecipientNotFound",
    "550 {r} is no longer employed here",
    "501 5.1.3 Bad recipient address syntax",
]
KEPT_AT_RCPT = [
    ("450-4.2.1 The user you are trying to contact is receiving mail at a rate that\n450-4.2.1 prevents", "recipient"),
    ("550-5.2.1 The user you are trying to contact is receiving mail at a rate that\n550-5.2.1 prevents", "recipient"),
    ("552-5.2.2 The email account that you tried to reach is over quota and inactive.", "recipient"),
    ("550 Mailbox is full / Blocks limit exceeded", "recipient"),
    ("550 mailbox {r} suspended", "recipient"),
    ("450 4.1.1 <{r}>: Recipient address rejected: unverified address: user unknown", "recipient"),
    ("550 4.1.1 <{r}>: user unknown", "recipient"),
    ("550 Account temporarily unavailable", "doubt"),
    ("550 5.4.1 Recipient address rejected: Access denied", "doubt"),
    ("554 5.7.1 <{r}>: Recipient address rejected: Access denied", "doubt"),
    ("554 5.7.1 <{r}>: Recipient address rejected: Domain not found", "doubt"),
    ("550 Benutzer unbekannt", "doubt"),
    ("550 5.4.4 <{r}>: user unknown", "doubt"),
    ("554 IP=192.0.2.99 - A problem occurred.", "relay"),
    ("550 192.0.2.99 says: no such user", "doubt"),
    ("550 5.1.1 no such user [192.0.2.7]", "sender"),
    ("550 5.1.1 post.example.org: no such user", "sender"),
    ("550 5.1.1 <LETTERS@post.example.org>: unbekannter Absender", "sender"),
    ("550-Callback setup failed while verifying\n550 no such user", "sender"),
    ("550 5.7.27 Sender address rejected: Domain does not accept mail (nullMX)", "sender"),
    ("550 5.1.8 Access denied, bad outbound address", "sender"),
    ("501 5.1.7 Bad address syntax", "sender"),
    ("550 5.7.1 user not found in SPF record", "sender"),
    ("550 User has no permission", "sender"),
    ("553 sorry, that domain isn't in my list of allowed hosts (#5.7.15)", "sender"),
    ("550 5.7.54 Unable to relay recipient in non-accepted domain", "sender"),
    ("554 <{r}>: Relay access denied", "relay"),
    ("550 Ip frequency limited", "relay"),
    ("451 4.3.0 temporary lookup failure", "relay"),
    ("550 5.1.1 spam message rejected", "content"),
]


@pytest.mark.parametrize("answer", GONE_AT_RCPT)
def test_a_mailbox_that_does_not_exist_is_gone(answer: str) -> None:
    assert fault_of(answer) == Fault.GONE


@pytest.mark.parametrize(("answer", "fault"), KEPT_AT_RCPT)
def test_any_other_refusal_keeps_the_reader(answer: str, fault: str) -> None:
    assert fault_of(answer) == fault


@pytest.mark.parametrize("answer", GONE_AT_RCPT)
def test_the_same_words_about_us_give_up_nobody(answer: str) -> None:
    named = answer.replace("{r}", SENDER) if "{r}" in answer else f"{answer} <{SENDER}>"
    assert fault_of(named).is_ours
    for stage in (Stage.MAIL, Stage.HELO, Stage.AUTH, Stage.BANNER, Stage.STARTTLS):
        assert fault_of(answer, stage).is_ours


@pytest.mark.parametrize("answer", GONE_AT_RCPT)
def test_an_answer_that_passes_gives_up_nobody(answer: str) -> None:
    assert fault_of(f"4{answer[1:]}".replace("5.", "4.")) != Fault.GONE


def test_after_the_letter_words_count_only_beside_the_recipient() -> None:
    assert fault_of("554 This user doesn't have an account ({r})", Stage.DATA) == Fault.GONE
    assert fault_of("554 This user doesn't have an account", Stage.DATA) == Fault.DOUBT
    assert fault_of("550 5.1.1 User unknown", Stage.DATA) == Fault.GONE
    assert fault_of("554 This user doesn't have an account ({r})", None) == Fault.GONE
    assert fault_of("554 This user doesn't have an account", None) == Fault.DOUBT


def test_a_reader_in_our_own_domain_can_be_gone() -> None:
    ours = Ourselves("letters@uni.example", frozenset({"uni.example"}))
    answer = Answer(550, "5.1.1 <pat@uni.example>: User unknown in uni.example", Stage.RCPT, "pat@uni.example", ours)
    assert find_fault(answer) == Fault.GONE


def test_without_any_code_words_give_up_nobody() -> None:
    assert find_fault(Answer(0, "user unknown", None, RECIPIENT, OURS)) != Fault.GONE
    assert find_fault(Answer(0, f"{RECIPIENT}: user unknown", None, RECIPIENT, OURS)) != Fault.GONE
    assert find_fault(Answer(0, "5.1.1 user unknown", None, RECIPIENT, OURS)) == Fault.GONE


def _mutations(answer: str) -> Iterator[str]:
    yield answer
    yield re.sub(r"\(?#?\b[245]\.\d+\.\d+\)? ?", "", answer)
    yield re.sub(r"\(?<?(?:\{r\}|letters@post\.example\.org)>?\)?:? ?", "", answer)
    yield answer.upper().replace("{R}", "{r}")
    yield answer.replace(" ", "  ")


@pytest.mark.data
def test_answers_of_the_field_are_understood(shared_data: Path) -> None:
    rows = [json.loads(line) for line in (SHARED / "mail_answers" / "smtp.jsonl").read_text().splitlines()]
    for row in rows:
        stage = Stage(row["to"])
        assert (fault_of(row["answer"], stage) == Fault.GONE) is (row["right"] == "suppress"), row
        named = row["answer"].replace("{r}", SENDER) if "{r}" in row["answer"] else f"{row['answer']} {SENDER}"
        assert fault_of(named, stage) != Fault.GONE, row
        if row["right"] == "keep":
            assert all(fault_of(answer, stage) != Fault.GONE for answer in _mutations(row["answer"])), row


@given(
    code=st.integers(0, 999),
    text=st.text(max_size=300),
    stage=st.sampled_from([None, *Stage]),
    recipient=st.text(max_size=20),
)
def test_whatever_a_server_says_is_about_something(code: int, text: str, stage: Stage | None, recipient: str) -> None:
    assert find_fault(Answer(code, text, stage, recipient, OURS)) in Fault


@pytest.mark.parametrize("text", ["a" * 999_999, "user " * 99_999, "a@" * 99_999, "(" * 999_999, "no an " * 9_999])
def test_a_long_answer_is_not_looked_through_to_its_end(text: str) -> None:
    began = time.process_time()
    find_fault(Answer(550, text, Stage.RCPT, RECIPIENT, OURS))
    assert time.process_time() - began < 1
