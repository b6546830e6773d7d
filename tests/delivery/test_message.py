"""A letter as a message: every header as it was made, and the same bytes twice."""

from email import message_from_bytes
from email.header import decode_header, make_header
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.mail import BadHeaderError

from digest.delivery import message as messages
from tests.delivery.letters import letter


def as_bytes(**changes: Any) -> bytes:
    return bytes(messages.build_message(letter(**changes)).message().as_bytes(linesep="\r\n"))


def test_the_headers_arrive_as_they_were_made() -> None:
    received = message_from_bytes(as_bytes())
    for name, value in letter().headers.items():
        assert received.get_all(name) == [value]
    assert received["From"] == "Preprint Post <letters@post.example>"
    assert received["To"] == "ada@example.org"


@pytest.mark.parametrize("subject", ["Hi =?foo?q?bar?= x", "=?utf-8?b?abc?=", "=?utf-8?q?=FF?="])
def test_a_subject_that_only_looks_encoded_is_read_as_it_stands(subject: str) -> None:
    assert messages.build_message(letter(subject=subject)).subject == subject


def test_a_long_subject_in_any_script_stays_within_the_lines() -> None:
    subject = "注意力就是你所需要的一切" * 4
    data = as_bytes(subject=subject)
    assert max(len(line) for line in data.split(b"\r\n\r\n")[0].splitlines()) <= 998
    assert str(make_header(decode_header(message_from_bytes(data)["Subject"]))) == subject


def test_both_bodies_are_there_and_the_text_comes_first() -> None:
    received = message_from_bytes(as_bytes())
    assert received.get_content_type() == "multipart/alternative"
    parts = [(part.get_content_type(), part.get_content_charset()) for part in received.walk()][1:]
    assert parts == [("text/plain", "utf-8"), ("text/html", "utf-8")]


def test_the_same_letter_is_the_same_bytes() -> None:
    assert as_bytes() == as_bytes()


def test_two_letters_have_different_boundaries() -> None:
    one, other = as_bytes(), as_bytes(message_id="<two@post.example>")
    assert message_from_bytes(one).get_boundary() != message_from_bytes(other).get_boundary()


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Hello\r\nBcc: all@example.org"},
        {"to": "ada@example.org\nBcc: all@example.org"},
        {"List_Id": "x\nBcc: all@example.org"},
    ],
)
def test_a_line_break_never_becomes_a_header(changes: dict[str, Any]) -> None:
    with pytest.raises(BadHeaderError):
        as_bytes(**changes)


def test_the_provider_s_number_is_kept_where_there_is_one() -> None:
    message: Any = messages.build_message(letter())
    assert messages.provider_id(message) == ""
    message.anymail_status = SimpleNamespace(message_id="provider-1")
    assert messages.provider_id(message) == "provider-1"
