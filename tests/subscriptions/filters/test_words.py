"""The normalisation that makes filters and papers comparable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.filters.words import find_words, tokens, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("fine-tuning", "fine tuning"),
        ("Fine–Tuning", "fine/tuning"),
        ("Erdős", r"Erd\H{o}s"),
        ("André", r"Andr\'e"),
        ("André", r"Andr\'{e}"),
        ("Gödel", r"G\"odel"),
        ("Hacek", r"H\'{a}\v{c}ek"),
        ("Łukasz", r"\L ukasz".replace(" ", "{}")),
        ("Sørensen", r"S\o{}rensen"),
        ("H₂O", "H$_2$O"),
        ("MERGE³", "MERGE$^3$"),
        ("ℓ₂ norm", r"$\ell_2$-norm"),
        ("β-VAE", r"$\beta$-VAE"),
        ("ΛCDM", r"$\Lambda$CDM"),
        ("merge", r"\emph{Merge}"),
        ("100 of them", r"100\% of them"),
        ("ﬁeld", "field"),
        ("super\u00adconductor", "superconductor"),
        ("models of languages", "model of language"),
        ("theories and classes", "theory and class"),
        ("caches, sizes, boxes, losses", "cache size box loss"),
        ("STRASSE", "straße"),
    ],
)
def test_two_spellings_of_one_thing_are_the_same_tokens(one: str, other: str) -> None:
    assert tokens(one) == tokens(other) != []


def test_words_that_only_look_like_plurals_stay() -> None:
    assert tokens("class virus analysis gas loss") == ["class", "virus", "analysis", "gas", "loss"]


def test_names_keep_their_last_s() -> None:
    assert words("Jones and Williams") == ["jones", "and", "williams"]


def test_programming_languages_keep_their_signs() -> None:
    assert words("C++, C# and A+B, 1+2") == ["c++", "c#", "and", "a", "b", "1", "2"]


def test_a_script_without_spaces_is_taken_character_by_character() -> None:
    assert words("GPT的注意力") == ["gpt", "的", "注", "意", "力"]


def test_formatting_commands_leave_no_words_behind() -> None:
    assert words(r"\textbf{Deep} \emph{nets} of size $10\times 5$") == ["deep", "nets", "of", "size", "10", "5"]


@given(st.text())
def test_what_was_normalised_once_stays_as_it_is(text: str) -> None:
    once = words(text)
    assert words(" ".join(once)) == once
    assert tokens(" ".join(tokens(text))) == tokens(text)


@given(st.text(alphabet="\\{}$'\"`^_~vcuHaeio %&-", max_size=40))
def test_broken_tex_is_never_fatal(text: str) -> None:
    assert all(word and not word.isspace() for word in words(text))


@given(st.text(st.sampled_from("aZ9 -.,&_^{}$éβ₂日“'\n")))
def test_words_in_their_places_are_those_of_the_text(text: str) -> None:
    placed = find_words(text)
    assert [word for word, _, _ in placed] == words(text)
    assert all(word in words(text[begin:end]) for word, begin, end in placed)


def test_a_command_of_tex_is_no_word_to_be_placed() -> None:
    assert find_words(r"a \foo bar") == [("a", 0, 1), ("bar", 7, 10)]


def test_languages_of_programs_are_found_whole() -> None:
    assert find_words("C++, C# and é C++") == [
        ("c++", 0, 3),
        ("c#", 5, 7),
        ("and", 8, 11),
        ("e", 12, 13),
        ("c++", 14, 17),
    ]
