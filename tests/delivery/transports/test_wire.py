"""A letter's joined bytes are the ones that the mail library makes, and say what went in."""

from email import message_from_bytes, policy
from typing import Any

import pytest
from django.core.mail import BadHeaderError, EmailMessage
from hypothesis import example, given
from hypothesis import strategies as st

from digest.delivery.message import build_message, encode_seven_bit, message_bytes
from digest.letters import mail_message
from digest.letters.plain import indent_line_starts
from digest.letters.prerendered import mime
from digest.letters.prerendered.byte_template import to_mail_bytes
from digest.letters.text_layout import one_line
from tests.delivery.letters import HEADERS, SENDER, letter
from tests.letters import sample_letters
from tests.people import bao

BODIES = st.text(st.sampled_from("ab .-=\n\t\u00a0\u0085\u2028é日\U0001f600From"), min_size=1) | st.sampled_from(
    ["\n", "x" * 998, "x" * 999, "é" * 600, ".\n..\n", "From here\n", "a\n\n\n"]
)
WORDS = st.text(st.sampled_from('ab  ,;:=?_é日“\t\\"<>@'), min_size=1) | st.sampled_from(
    ["x" * 61, "word " * 12, "word " * 200, "日" * 100, " a", "a ", "=?utf-8?q?a?="]
)


def joined(subject: str, value: str, to: str, text: str, html: str) -> bytes:
    own = {**HEADERS, "List-Id": value}
    lines = [mime.make_header("Subject", subject), mime.make_header("From", SENDER), mime.make_header("To", to)]
    lines += [mime.make_header(*each) for each in own.items()]
    return mime.join_message(
        mime.boundary_and_message_id(HEADERS["Message-ID"])[0], lines, to_mail_bytes(text), to_mail_bytes(html)
    )


@given(BODIES, BODIES)
@example("\n.", "\n..")
def test_whatever_the_bodies_hold(text: str, html: str) -> None:
    text, html = f"·{text}", f"·{html}"
    if max(map(len, to_mail_bytes(f"{text}\n{html}").split(b"\r\n"))) <= 998:
        assert (
            joined("Two papers", "x", "a@b.org", text, html)
            == letter(to="a@b.org", text=indent_line_starts(text), html=indent_line_starts(html), List_Id="x").data
        )


@given(BODIES, BODIES)
@example("a\n", "<p>b</p>")
def test_a_letter_gives_back_what_went_into_it(text: str, html: str) -> None:
    made = letter(text=text, html=html)
    assert (made.text, made.html, made.subject) == (text, html, "Two papers")
    assert made.headers == HEADERS


@pytest.mark.parametrize("subject", ["Two papers", "Zwei Aufsätze", "日" * 100, "word " * 30 + "end", "a, b; c “d”"])
def test_a_letter_gives_back_its_subject(subject: str) -> None:
    assert letter(subject=subject).subject == subject


@given(WORDS, WORDS)
def test_whatever_the_headers_say(subject: str, value: str) -> None:
    made = letter(subject=subject, text="·", html="·", List_Id=value)
    assert joined(subject, value, "ada@example.org", "·", "·") == made.data


@pytest.mark.parametrize(
    "address", ["ada@example.org", "Ada <ada@example.org>", "ada@exämple.org", f"{'a' * 64}@b.org"]
)
def test_whoever_it_goes_to(address: str) -> None:
    made = letter(to=address, text="·", html="·", List_Id="x")
    assert joined("Two papers", "x", address, "·", "·") == made.data
    assert made.to == address


@pytest.mark.parametrize("message_id", ["<0123abcd@post.example>", "<a.b@post.example>", "<a@b>\r\nBcc: c@d", "é"])
def test_the_message_id_gives_the_boundary(message_id: str) -> None:
    border, line = mime.boundary_and_message_id(message_id)
    made = letter(message_id=one_line(message_id))
    assert line in made.data
    assert message_from_bytes(made.data).get_boundary() == border.decode()


def test_a_date_is_written_in_the_time_of_nowhere() -> None:
    assert mime.date_header(1_769_155_200) == b"Date: Fri, 23 Jan 2026 08:00:00 +0000\r\n"


def test_real_letters_of_every_detail_and_language() -> None:
    for language in ("en", "zh"):
        for detail in ("titles", "tldr", "structured", "abstract"):
            made = sample_letters.letter(sample_letters.order(0, 1, 2, detail=detail, language=language), reader=bao)
            assert made.data == mail_message.encode_message(made.data, sample_letters.SENDER.from_address, made.to)


def test_the_message_of_a_letter_is_the_letter() -> None:
    made = letter(subject="Wetter für heute und für morgen, Stunde um Stunde, Tag um Tag")
    by_the_library: Any = build_message(made).message()
    assert build_message(made).as_bytes() == made.data == by_the_library.as_bytes(linesep="\r\n")


@pytest.mark.parametrize("name", ["cc", "reply_to"])
def test_a_letter_that_grew_is_left_to_the_library(name: str) -> None:
    message = build_message(letter())
    setattr(message, name, ["more@example.org"])
    assert b"more@example.org" in message.as_bytes()


def test_nothing_attached_is_forgotten() -> None:
    message = build_message(letter())
    message.attach("note.txt", "words", "text/plain")
    assert b"note.txt" in message.as_bytes()


def test_a_line_break_never_becomes_a_header_here_either() -> None:
    for bad in ({"subject": "a\nBcc: all@example.org"}, {"to": "a@b.org\nBcc: all@example.org"}):
        with pytest.raises(BadHeaderError):
            letter(**bad)


@given(BODIES, BODIES)
def test_a_seven_bit_server_gets_the_same_letter(text: str, html: str) -> None:
    made = letter(text=text, html=html, subject="Wetter für heute")
    data = encode_seven_bit(made)
    assert data.isascii()
    assert max(map(len, data.split(b"\r\n"))) <= 998
    received = message_from_bytes(data, policy=policy.default)
    found = [part.get_payload(decode=True) for part in received.walk() if not part.is_multipart()]
    assert [bytes(part).decode().replace("\r\n", "\n") for part in found] == [text, html]
    assert received["Subject"] == "Wetter für heute"


@given(BODIES, BODIES)
@example("See " + "x" * 68 + "From here and so on to the very end of a long line, é", "é" * 12 + "x" + "From é" * 40)
def test_no_encoded_line_begins_as_a_mailbox_does(text: str, html: str) -> None:
    data = encode_seven_bit(letter(text=indent_line_starts(f"·{text}"), html=indent_line_starts(f"·{html}")))
    assert b"\nFrom " not in data
    assert max(map(len, data.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76


def test_other_mail_is_sent_as_django_makes_it() -> None:
    other = EmailMessage(
        "Hello", "words", "a@example.org", ["b@example.org"], headers={"Message-ID": "<1@b>", "Date": "x"}
    )
    made: Any = other.message()
    assert message_bytes(other) == made.as_bytes(linesep="\r\n")
