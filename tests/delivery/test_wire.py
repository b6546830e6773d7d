"""A letter's joined bytes are the ones that the mail library makes."""

from dataclasses import replace
from email import message_from_bytes
from typing import Any

import pytest
from django.core.mail import BadHeaderError, EmailMessage
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.messages import LetterMessage, email, sent_bytes
from tests.assembly import desk
from tests.delivery.letters import letter
from tests.people import bao

BODIES = st.text(st.sampled_from("ab .-=\n\t\u00a0\u0085\u2028é日\U0001f600From")) | st.sampled_from(
    ["", "\n", "x" * 998, "x" * 999, "é" * 600, "a\rb", "a\r\nb", ".\n..\n", "From here\n", "\ud800", "a\n\n\n"]
)
WORDS = st.text(st.sampled_from('ab  ,;:=?_é日“\t\\"<>@'), min_size=1) | st.sampled_from(
    ["x" * 61, "word " * 12, "word " * 200, "日" * 100, " a", "a ", "=?utf-8?q?a?="]
)


def by_the_library(message: LetterMessage) -> Any:
    return message.message().as_bytes(linesep="\r\n")


@given(BODIES, BODIES)
def test_whatever_the_bodies_hold(text: str, html: str) -> None:
    message = email(replace(letter(), text=text, html=html))
    try:
        wanted = by_the_library(message)
    except UnicodeEncodeError:
        with pytest.raises(UnicodeEncodeError):
            message.as_bytes()
    else:
        assert message.as_bytes() == wanted


@given(WORDS, WORDS)
def test_whatever_the_headers_say(subject: str, value: str) -> None:
    message = email(replace(letter(), subject=subject, headers={**letter().headers, "List-Id": value}))
    assert message.as_bytes() == by_the_library(message)


@pytest.mark.parametrize(
    "address", ["ada@example.org", "Ada <ada@example.org>", "ada@exämple.org", f"{'a' * 64}@b.org"]
)
def test_whoever_it_goes_to(address: str) -> None:
    message = email(replace(letter(), to=address))
    assert message.as_bytes() == by_the_library(message)


def test_real_letters_of_every_detail_and_language() -> None:
    for language in ("en", "zh"):
        for detail in ("titles", "tldr", "structured", "abstract"):
            message = email(desk.letter(desk.order(0, 1, 2, detail=detail, language=language), reader=bao))
            assert message.as_bytes() == by_the_library(message)


@pytest.mark.parametrize("name", ["cc", "reply_to"])
def test_a_letter_that_grew_is_left_to_the_library(name: str) -> None:
    message = email(letter())
    setattr(message, name, ["more@example.org"])
    assert b"more@example.org" in message.as_bytes()
    assert message.as_bytes() == by_the_library(message)


def test_nothing_attached_is_forgotten() -> None:
    message = email(letter())
    message.attach("note.txt", "words", "text/plain")
    assert b"note.txt" in message.as_bytes()


@pytest.mark.parametrize("headers", [{}, {"Date": "today"}, {**letter().headers, "From": "Another <b@example.org>"}])
def test_headers_that_django_makes_are_left_to_it(headers: dict[str, str]) -> None:
    message = email(replace(letter(), headers=headers))
    found = message_from_bytes(message.as_bytes())
    assert found["From"] == headers.get("From", "Preprint Post <letters@post.example>")
    assert len(found.get_all("From", [])) == len(found.get_all("Date", [])) == len(found.get_all("Message-ID", [])) == 1


def test_a_line_break_never_becomes_a_header_here_either() -> None:
    for bad in (letter(subject="a\nBcc: all@example.org"), letter(to="a@b.org\nBcc: all@example.org")):
        with pytest.raises(BadHeaderError):
            email(bad).as_bytes()


def test_other_mail_is_sent_as_django_makes_it() -> None:
    other = EmailMessage(
        "Hello", "words", "a@example.org", ["b@example.org"], headers={"Message-ID": "<1@b>", "Date": "x"}
    )
    made: Any = other.message()
    assert sent_bytes(other) == made.as_bytes(linesep="\r\n")
