"""Pieces of letters and their marks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.assembly.pieces import Cut, Piece

MARKS = ("x1ax", "x1bx")
TEXTS = st.lists(st.sampled_from([*MARKS, "a", "<b>", "\n", "é"])).map("".join)


@given(TEXTS, st.text(), st.text())
def test_a_cut_text_is_filled_as_if_each_mark_were_replaced(text: str, one: str, two: str) -> None:
    values = dict(zip(MARKS, (one, two), strict=True))
    if not any(mark in value for mark in MARKS for value in values.values()):
        assert Cut.at(MARKS, text).filled(values) == text.replace(MARKS[0], one).replace(MARKS[1], two)


def test_a_mark_without_a_value_is_an_error_and_never_sent() -> None:
    with pytest.raises(KeyError):
        Cut.at(MARKS, "a x1ax b").filled({})


def test_a_piece_counts_both_parts_as_mail_does() -> None:
    assert Piece("é\n", "a\nb").size == 3 + 1 + 3 + 1
