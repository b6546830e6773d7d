"""Plain text, cut and folded."""

import re
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from digest.letters import text_layout
from digest.letters.text_layout import NARROW, break_long_lines, display_width, fold_text, one_line, shorten


def test_a_line_is_cut_between_words_and_not_after_a_small_one() -> None:
    assert shorten("Optimal rates for the attention", 22) == "Optimal rates…"
    assert shorten("BanditLP: Large-Scale Stochastic", 12) == "BanditLP…"
    assert shorten("fits", 4) == "fits"
    assert shorten("a" * 20, 10) == "aaaaaaaaa…"


def test_no_word_is_cut_unless_it_is_longer_than_the_room() -> None:
    assert shorten("Empowering LLMs for Structure-Based Drug Design", 33) == "Empowering LLMs…"
    assert shorten("Physics-Informed-Neural-Networks", 20) == "Physics-Informed…"
    assert shorten("A Hyperparameteroptimisation", 12) == "A Hyperpara…"
    assert shorten("深度学习 for 图神经网络", 12) == "深度学习 for 图神…"


@settings(deadline=None)
@given(st.text(), st.integers(3, 60))
def test_what_is_cut_short_is_short(words: str, most: int) -> None:
    assert len(shorten(words, most)) <= most


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=400))
def test_folding_loses_nothing_and_keeps_to_the_line(words: str) -> None:
    folded = fold_text(words)
    assert "".join(folded.split()) == "".join(one_line(words).split())
    assert all(display_width(line) <= 78 or "://" in line or "mailto:" in line.lower() for line in folded.split("\n"))


def test_chinese_folds_between_characters_but_not_before_a_stop() -> None:
    lines = fold_text("深度学习，" * 30).split("\n")
    assert len(lines) == 4
    assert not any(line.startswith("，") for line in lines)


def test_an_address_is_never_broken() -> None:
    address = "https://example.org/" + "a" * 90
    assert address in fold_text(f"see {address} and more words after it").split("\n")


def test_long_lines_break_at_spaces_and_after_chinese_stops() -> None:
    html = break_long_lines(f"<p>{'word ' * 500}</p>\n<p>{'深度学习。' * 200}</p>", longest=300)
    assert max(len(line.encode()) for line in html.split("\n")) <= 300
    assert html.replace("\n", "").replace(" ", "").count("word") == 500


def test_what_counts_as_narrow_is_one_column_wide() -> None:
    narrow = [character for character in map(chr, range(0x10000)) if NARROW.fullmatch(character)]
    assert len(narrow) > 600
    assert {display_width(character) for character in narrow} == {1}


@given(
    st.text(st.sampled_from("ab -é“”’…–:日，"))
    | st.lists(st.sampled_from(["word", "x" * 12, "http://a.example/" + "b" * 9, "…", "深度，学习"])).map(" ".join),
    st.integers(4, 30),
)
def test_the_quick_way_of_folding_folds_the_same(words: str, columns: int) -> None:
    with patch.object(text_layout, "NARROW", re.compile("(?!)")):
        slowly = fold_text(words, columns)
    assert fold_text(words, columns) == slowly
