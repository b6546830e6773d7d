"""A reader is given up only where the answer shows that the mailbox is gone."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from subscriptions.email.mail_answers import Answer, Fault, Ourselves, Stage, find_fault
from tests.subscriptions.email.answers import (
    GONE_AT_RCPT,
    KEPT_AT_RCPT,
    OURS,
    RECIPIENT,
    SENDER,
    Row,
    all_rows,
    fault_of,
    field_rows,
    mutations,
    same_answers,
)


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


def test_a_code_that_says_otherwise_outweighs_the_words() -> None:
    assert fault_of("550 4.1.1 <{r}>: user unknown") == Fault.RECIPIENT
    assert fault_of("550 5.4.4 <{r}>: user unknown") == Fault.DOUBT


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


@pytest.mark.parametrize("row", list(all_rows()), ids=lambda row: row.answer[:40])
def test_an_answer_and_what_becomes_of_it_are_understood(row: Row) -> None:
    """The rows of the field are among them wherever the data lie beside the checkout."""
    assert (fault_of(row.answer, row.stage) == Fault.GONE) is row.is_gone
    assert {fault_of(answer, row.stage) for answer in same_answers(row)} == {fault_of(row.answer, row.stage)}
    for answer, stage, may_give_up in mutations(row):
        assert may_give_up or fault_of(answer, stage) != Fault.GONE, (answer, stage)


@pytest.mark.data
def test_the_rows_of_the_field_are_among_them(shared_data: Path) -> None:
    assert len(list(field_rows())) >= 30


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


# Signs that stand in words, between them, or at both places.
SIGNS = [
    "'",
    '"',
    ",",
    "(",
    "-",
    "/",
    "@",
    " ",
    ".",
    "a",
    "user",
    "not",
    "no ",
    "recipient",
    "a'",
    "' a",
    "-a ",
    "@recipient ",
]


@pytest.mark.parametrize("start", ["user ", "no such ", "", f"{RECIPIENT} "])
@pytest.mark.parametrize("sign", SIGNS)
def test_no_answer_takes_long_to_understand(start: str, sign: str) -> None:
    began = time.process_time()
    find_fault(Answer(550, start + sign * (2000 // len(sign)) + " x", Stage.RCPT, RECIPIENT, OURS))
    assert time.process_time() - began < 0.5


def test_the_name_that_we_say_in_ehlo_is_ours(settings: Settings) -> None:
    settings.EHLO_NAME = "out.relay.example"
    answer = Answer(550, "5.7.1 Helo command rejected: out.relay.example not found", Stage.RCPT, "ada@example.org")
    assert find_fault(answer).is_ours
    assert "out.relay.example" in Ourselves.from_settings().hosts
