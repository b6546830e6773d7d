"""No part of an exported cell is run by a spreadsheet, and an import reads the cell as it was."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.importing.file_rows import FORMULA_SIGNS, escape_formula, unescape_formula


@given(st.text(alphabet="'=+-@＝＠,; \"\t\r\nab", max_size=10))
def test_guarding_a_cell_can_be_undone(text: str) -> None:
    assert unescape_formula(escape_formula(text)) == text


@given(st.text(alphabet="'=+-@＝＋－＠,;| \"\t\r\nab", max_size=10))
def test_no_part_of_a_guarded_cell_is_a_formula(text: str) -> None:
    guarded = escape_formula(text)
    assert not guarded.startswith(("\t", "\r"))
    for part in re.split(r'[,;|"\t\r\n]', guarded):
        assert not part.lstrip(" ").startswith(tuple(FORMULA_SIGNS))


@pytest.mark.parametrize(
    ("cell", "guarded"),
    [
        ("＝1＋1", "'＝1＋1"),
        ("＠SUM(1)", "'＠SUM(1)"),
        ("attention\n=1+1", "attention\n'=1+1"),
        ("attention; =1+1,-2", "attention; '=1+1,'-2"),
        ('a","=1+1', 'a","\'=1+1'),
        ("\u3000=1+1", "\u3000'=1+1"),
        ("\t=1+1", "'\t'=1+1"),
        ("low-rank AND a=b", "low-rank AND a=b"),
        ("ada+news@example.org", "ada+news@example.org"),
    ],
)
def test_the_apostrophe_stands_where_a_formula_would_begin(cell: str, guarded: str) -> None:
    assert escape_formula(cell) == guarded
