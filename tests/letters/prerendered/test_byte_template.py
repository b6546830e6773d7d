"""Pieces of letters and their marks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.letters.prerendered.byte_template import (
    FEEDBACK_PLACEHOLDER,
    ByteTemplate,
    longest_line_bytes,
    to_mail_bytes,
)

MARKS = {"one": "x1ax", "two": "x1bx"}
TEXTS = st.lists(st.sampled_from([*MARKS.values(), "a", "<b>", "\n", "é"])).map("".join)


@given(TEXTS, st.text(), st.text())
def test_a_cut_text_is_filled_as_if_each_mark_were_replaced(text: str, one: str, two: str) -> None:
    values = {"one": to_mail_bytes(one), "two": to_mail_bytes(two)}
    if not any(mark in value for mark in MARKS.values() for value in (one, two)):
        wanted = to_mail_bytes(text).replace(b"x1ax", values["one"]).replace(b"x1bx", values["two"])
        assert ByteTemplate.cut(text, MARKS).fill(values) == wanted


def test_a_mark_without_a_value_is_an_error_and_never_sent() -> None:
    with pytest.raises(KeyError):
        ByteTemplate.cut("a x1ax b", MARKS).fill({})


@given(st.text(st.characters()) | st.just("\ud800\0\r\r\n\n"))
def test_words_become_mail(words: str) -> None:
    data = to_mail_bytes(words)
    assert FEEDBACK_PLACEHOLDER not in data
    assert set(data.replace(b"\r\n", b"").partition(b"\n")[:1]) & {b"\r", b"\n"} == set()
    assert data.count(b"\r") == data.count(b"\n") == data.count(b"\r\n")
    data.decode()


def test_the_longest_line_counts_what_will_stand_there() -> None:
    assert longest_line_bytes(b"abc\r\na\0\0\r\n", 10) == 23
    assert longest_line_bytes(b"abc\r\na", 0) == 3
