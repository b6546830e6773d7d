import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.summaries.extractive.sentences import clean_line, split_sentences


@pytest.mark.parametrize(
    "text",
    [
        "We use methods, e.g. Adam and, i.e. SGD.",
        "As Smith et al. (2020) and Li et al. [3] show, it holds.",
        "See Fig. 3 and Eq. 4 of Sec. 2 in Ref. 7.",
        "It costs 3.5 dollars vs. 4.25 before, approx. 12 percent.",
        "The value $f(x). We$ is one formula.",
        "Let $x = 0.5. Y$ and \\(a. B\\) be given.",
        "For i.i.d. samples the U.S. Census agrees w.r.t. Theorem 1.",
        "It follows J. Smith and T. S. Eliot.",
        "No. 5 of vol. 3 is St. Petersburg.",
        "Does it... matter to you and me.",
        "No full stop at all",
    ],
)
def test_a_stop_that_ends_nothing_does_not_split(text: str) -> None:
    assert split_sentences(text) == [text]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One is here. Two is there.", ["One is here.", "Two is there."]),
        ("Is it true? We say so! It is.", ["Is it true?", "We say so!", "It is."]),
        ("It works with vectors, etc. We show why.", ["It works with vectors, etc.", "We show why."]),
        ("They belong to class A. We show why.", ["They belong to class A.", "We show why."]),
        ("It is called (so we think). The rest follows.", ["It is called (so we think).", "The rest follows."]),
        ("It holds for $n > 2$. $K$ is fixed.", ["It holds for $n > 2$.", "$K$ is fixed."]),
        ("It runs on phones. iDCOL is fast.", ["It runs on phones.", "iDCOL is fast."]),
        ("A gain of 3.5. Then 4 follow.", ["A gain of 3.5.", "Then 4 follow."]),
        ("We train models.We test them.", ["We train models.", "We test them."]),
        ("It costs $5 and more. We pay $6 for it. Done.", ["It costs $5 and more. We pay $6 for it.", "Done."]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


def test_a_lone_dollar_hides_no_more_than_itself() -> None:
    assert split_sentences("It costs 5$ a day. We pay. It is much.") == ["It costs 5$ a day.", "We pay.", "It is much."]


def test_line_breaks_and_hidden_characters_go() -> None:
    assert (
        clean_line(" one\r\ntwo\tthree\x00four\u202efive\u200b six\u2028seven\ud800 ")
        == "one two three fourfive six seven"
    )


@given(st.text())
def test_nothing_is_lost_in_splitting(text: str) -> None:
    line = clean_line(text)
    assert "".join(split_sentences(line)).replace(" ", "") == line.replace(" ", "")


@given(st.text())
def test_a_clean_text_is_one_line_and_stays_as_it_is(text: str) -> None:
    line = clean_line(text)
    assert line.isprintable() or not any(character in line for character in "\n\r\t\0\x0b\x0c\x85\u2028\u2029")
    assert clean_line(line) == line
