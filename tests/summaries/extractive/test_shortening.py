import re

from hypothesis import given
from hypothesis import strategies as st

from digest.summaries.extractive.sentences import clean_line
from digest.summaries.extractive.shortening import drop_opening, shorten

LONG = " ".join(f"word{number}" for number in range(60))


def test_a_short_sentence_stays_as_it_is() -> None:
    assert shorten("We show that it holds.") == "We show that it holds."


def test_the_opening_goes_and_the_next_word_gets_its_capital() -> None:
    assert drop_opening("In this paper, we propose a method for sums.") == "We propose a method for sums."
    assert drop_opening("However, in this work we propose a way to add.") == "We propose a way to add."
    assert drop_opening("To address this problem, we propose a way to add.") == "We propose a way to add."
    assert drop_opening("Here, iDCOL finds all the collisions.") == "Here, iDCOL finds all the collisions."[6:]


def test_headings_and_linking_words_are_dropped() -> None:
    assert drop_opening("Results: Sums of even numbers are even.") == "Sums of even numbers are even."
    assert drop_opening("We therefore propose a way to add.") == "We propose a way to add."
    assert drop_opening("Most importantly, we propose a way to add.") == "We propose a way to add."


def test_no_cut_leaves_a_word_that_waits_for_another() -> None:
    short = shorten(f"We find the simple mechanisms of the sums of numbers through which {LONG}.")
    assert not short.rstrip(".…").endswith("through")


def test_an_opening_that_says_something_stays() -> None:
    sentence = "To compute the spectrum of large graphs, we propose a way to add."
    assert drop_opening(sentence) == sentence


def test_brackets_go_before_anything_else() -> None:
    sentence = (
        f"We train {' '.join(['deep'] * 25)} models (which were described by other people in earlier papers) on data."
    )
    assert shorten(sentence) == f"We train {' '.join(['deep'] * 25)} models on data."


def test_a_long_sentence_ends_where_a_clause_ends() -> None:
    assert shorten(f"We propose a simple method for sums of many numbers at once, which {LONG}.") == (
        "We propose a simple method for sums of many numbers at once."
    )


def test_a_cut_never_leaves_the_purpose_alone() -> None:
    sentence = (
        f"To improve the speed of models that are smaller and less capable than others, we propose a way, which {LONG}."
    )
    assert shorten(sentence).startswith(("To improve", "We propose"))
    assert " we propose" in shorten(sentence) or shorten(sentence).startswith("We propose")


def test_a_sentence_without_clauses_is_cut_at_a_word_and_says_so() -> None:
    short = shorten(f"{LONG}.")
    assert short.endswith("…")
    assert len(short.split()) <= 35


def test_a_formula_is_never_cut() -> None:
    formula = f"${' + '.join('abcdefghijklmnopqrstuvwxyz')}$"
    short = shorten(f"We study the sum {formula} over {LONG}.")
    assert formula in short or "$" not in short


@given(
    st.lists(st.sampled_from(["we", "show", "$a + b$", "(so", "far)", "that,", "which", "is;", "In this paper,", "x"]))
)
def test_a_shortened_sentence_keeps_its_words_in_order(parts: list[str]) -> None:
    sentence = clean_line(" ".join(parts))
    short = shorten(sentence)
    rest = iter(re.findall(r"\w+", sentence.lower()))
    assert all(word in rest for word in re.findall(r"\w+", short.lower()))
    assert len(short.split()) <= 35
    assert short.count("$") % 2 == 0
