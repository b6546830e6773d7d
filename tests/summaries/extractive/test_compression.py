import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.summaries.extractive.compression import compress, sentence_bases
from digest.summaries.extractive.sentences import clean_line


def compressions(sentence: str) -> list[str]:
    return [compression.text for base in sentence_bases(sentence) for compression in compress(base, 35)]


def test_the_whole_sentence_comes_first() -> None:
    sentence = "We propose a simple method for sums of many numbers, which is fast."
    assert compressions(sentence)[0] == sentence


@pytest.mark.parametrize(
    ("sentence", "short"),
    [
        (
            "We propose a simple method for sums of many numbers, which needs no memory.",
            "We propose a simple method for sums of many numbers.",
        ),
        (
            "In this paper, we propose a simple method for sums of many numbers.",
            "A simple method for sums of many numbers.",
        ),
        (
            "By adding numbers in pairs, we show that sums of many numbers cost less.",
            "We show that sums of many numbers cost less.",
        ),
        (
            "We present a way of adding numbers in pairs (or in threes) and prove that it is fast.",
            "We present a way of adding numbers in pairs.",
        ),
        (
            "We train a network for adding large numbers by showing it many examples.",
            "We train a network for adding large numbers.",
        ),
        (
            "We therefore present a fast way of adding very large numbers.",
            "We present a fast way of adding very large numbers.",
        ),
    ],
)
def test_what_can_go_without_harm_goes(sentence: str, short: str) -> None:
    assert short in compressions(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "If the graph is planar, we show that four colours are enough for it.",
        "We show that the sum of all numbers converges when they are small.",
        "We add numbers of any size without a loss of accuracy or of speed.",
        "We show that every (finite) sum of small numbers is a small number.",
        "We consider sums, products, quotients and differences of very large numbers.",
        "We show that a graph that is planar can be coloured with four colours.",
        "We give a rigorous proof that the sum of two even numbers is even.",
    ],
)
def test_a_condition_or_a_claim_is_never_cut(sentence: str) -> None:
    assert compressions(sentence) == [sentence]


def test_no_subject_is_left_without_its_verb() -> None:
    sentence = "We show that the old method of adding many numbers, which was slow, can be made fast."
    assert compressions(sentence) == [sentence]


def test_no_formula_bracket_or_quotation_is_cut() -> None:
    sentence = r"We study the sum $\sum_{n, which} a_n$ of a series (with many terms, which is new) by hand."
    for text in compressions(sentence):
        assert text.count("$") % 2 == 0
        assert text.count("(") == text.count(")")


def test_a_proposal_without_we_keeps_no_second_verb() -> None:
    assert "A way of adding numbers in pairs and show that it is fast." not in compressions(
        "We propose a way of adding numbers in pairs and show that it is fast."
    )


@given(
    st.lists(
        st.sampled_from(
            [
                "We propose",
                "a",
                "that",
                "shows",
                "sums,",
                "which",
                "$x, y$",
                "(so",
                "far)",
                "and",
                "by adding",
                "is",
                "we",
            ]
        ),
        max_size=60,
    )
)
def test_every_compression_keeps_the_words_in_order(parts: list[str]) -> None:
    sentence = clean_line(" ".join(parts))
    for text in compressions(sentence):
        rest = iter(re.findall(r"\w+", sentence.lower()))
        assert all(word in rest for word in re.findall(r"\w+", text.lower()))
        assert len(text.split()) <= 35
        assert text.count("$") % 2 == 0
