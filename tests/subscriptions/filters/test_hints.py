"""Hints at what somebody may not have meant by a filter."""

import json
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.filters.error_messages import find_hints, mend_filter, split_lines
from subscriptions.filters.hints import HINTS
from subscriptions.filters.language import FilterError, check_filters, hints, parse
from subscriptions.forms import PreferencesForm
from subscriptions.preference_defaults import Preferences


def hint_places(text: str) -> list[tuple[str, str]]:
    """Return the code of each hint and the place that it is about."""
    return [(hint.code, text[hint.position : hint.position + hint.length]) for hint in hints(text)]


@pytest.mark.parametrize(
    ("text", "place", "suggestion"),
    [
        ("author:Terence Tao", "author:Terence Tao", 'author:"Terence Tao"'),
        ("primes by:Terence C. Tao -survey", "by:Terence C. Tao", 'author:"Terence C. Tao"'),
        ("au:Tao, Terence", "au:Tao, Terence", 'author:"Tao, Terence"'),
        ("-author:Étienne Ghys", "author:Étienne Ghys", 'author:"Étienne Ghys"'),
    ],
)
def test_a_name_of_two_words_without_quotation_marks_is_noticed(text: str, place: str, suggestion: str) -> None:
    assert hint_places(text) == [("author_name", place)]
    [hint] = hints(text)
    assert hint.detail["suggestion"] == suggestion
    parse(suggestion)


@pytest.mark.parametrize(
    "text",
    [
        *('author:"Terence Tao" primes', "author:tao primes", "author:hinton GAN", "author:hinton OR Deep"),
        *("attention", '"cats or dogs"', "cats OR dogs", "not", "the graph", '"to be or not to be"', "C*-algebra"),
        *("robot*", "-robot*", '"case stud*"', "cat:math.*", "-survey", "title:the", "(unclosed", "", "author:辛顿"),
        *("TCP/IP", "C/C++", "encoder/decoder", "A/B testing", "1,000 genomes", '"a, b" c', "diffusion,"),
        *("https://arxiv.org/abs/2601.00001", 'author:"Hinton, Geoffrey"', "graph OR node, edge"),
        *("Navier Stokes", "Graph Neural Networks", "Monte Carlo", "Vision Transformer", "Geoffrey hinton"),
    ],
)
def test_what_means_what_it_says_needs_no_hint(text: str) -> None:
    assert hints(text) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cats or dogs", [("small_or", "or")]),
        ("cats Or (dogs and birds)", [("small_or", "Or"), ("small_and", "and")]),
        ("not surveys", [("small_not", "not")]),
        ("graphs not surveys", [("small_not", "not")]),
        ("the of", [("everywhere", "the of")]),
        ("graphs OR the", [("everywhere", "graphs OR the")]),
        ("graphs -of", [("nothing_left", "graphs -of")]),
        ("graphs - surveys", [("lone_minus", "-")]),
        ("graphs –", [("lone_minus", "–")]),
        ("al* graphs", [("lost_star", "al*")]),
        ("gra*ph", [("lost_star", "gra*ph")]),
        ("author:hint*", [("lost_star", "hint*")]),
    ],
)
def test_useless_signs_and_words_of_all_papers_are_noticed(text: str, expected: list[tuple[str, str]]) -> None:
    assert hint_places(text) == expected


def test_a_hint_is_shown_with_its_place_and_its_words() -> None:
    [shown] = find_hints(["graphs", "cats or dogs", "(wrong"])
    assert (shown.before, shown.place, shown.after) == ("cats ", "or", " dogs")
    assert shown.message == "Here this is a word to look for. Write OR in capitals to mean either."


def test_the_preferences_show_what_a_stored_filter_may_not_mean() -> None:
    form = PreferencesForm.showing(Preferences(filters=("graphs", "cats or <b>")))
    html = render_to_string("subscriptions/_filters.html", {"form": form})
    assert "Write OR in capitals to mean either." in html
    assert "cats <mark>or</mark> &lt;b&gt;" in html
    unreadable = PreferencesForm.showing(Preferences(filters=("graphs", "(wrong")))
    assert "<pre" not in render_to_string("subscriptions/_filters.html", {"form": unreadable})


def test_every_hint_has_chinese_words() -> None:
    with translation.override("zh-hans"):
        assert all(gettext(text) != text for text in HINTS.values())


PIECES = ("author:", "Tao", "tao", "or", "and", "not", "-", "a*", "*", "the", "(", ")", '"', " ", "OR", "图", "é")


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=12).map("".join)))
def test_every_hint_about_any_text_has_words_and_a_place(text: str) -> None:
    for hint in hints(text):
        parse(text)
        assert HINTS[hint.code] % hint.detail
        assert 0 <= hint.position < hint.position + hint.length <= len(text)
    try:
        parse(text)
    except FilterError:
        assert hints(text) == ()


@pytest.mark.parametrize(
    ("text", "codes", "mended"),
    [
        ("LLM, RAG, agents", ["separator"], ("LLM", "RAG", "agents")),
        ("robotics; -survey", ["separator"], ("robotics", "-survey")),
        ("LLM/RAG/agents", ["separator"], ("LLM", "RAG", "agents")),
        ("robotics / vision", ["separator"], ("robotics", "vision")),
        ("diffusion model、video；robots", ["separator"], ("diffusion model", "video", "robots")),
        ("扩散模型，机器人", ["separator", "language"], ("扩散模型", "机器人")),
        ('"language model", RAG', ["separator"], ('"language model"', "RAG")),
        ('author:"Grace Hopper", author:Turing', ["separator"], ('author:"Grace Hopper"', "author:Turing")),
        ("co:accepted, jr:nature", ["separator"], ("co:accepted", "jr:nature")),
        ("author:Hopper, bees", [], ()),
        ("author:Grace Hopper, bees", ["author_name"], ('author:"Grace Hopper", bees',)),
        ("拡散モデル", ["language"], ()),
        ("확산 모델", ["language"], ()),
        ("Geoffrey Hinton", ["person"], ('author:"Geoffrey Hinton"',)),
        ("Fei-Fei Li", ["person"], ('author:"Fei-Fei Li"',)),
        ("Hinton, Geoffrey", ["person"], ('author:"Hinton, Geoffrey"',)),
        ("primes by:Terence Tao", ["author_name"], ('primes author:"Terence Tao"',)),
    ],
)
def test_lists_names_and_languages_get_a_hint(text: str, codes: list[str], mended: tuple[str, ...]) -> None:
    found = hints(text)
    assert sorted(hint.code for hint in found) == sorted(codes)
    assert next((hint.mended for hint in found if hint.mended), ()) == mended
    check_filters(mended)


@pytest.mark.data
def test_the_lists_of_the_field_get_their_hints(shared_data: Path) -> None:
    lines = (shared_data / "field_cases" / "filter_lists.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row for row in rows if sorted(hint.code for hint in hints(row["filter"])) != sorted(row["hints"])] == []


def test_a_mended_filter_takes_the_place_of_the_old_one() -> None:
    typed = "attention\n\nLLM, RAG\nGeoffrey Hinton\n"
    assert [hint.number for hint in find_hints(split_lines(typed))] == [0, 1]
    assert mend_filter(typed, "0") == "attention\nLLM\nRAG\nGeoffrey Hinton"
    assert mend_filter(typed, "1") == 'attention\nLLM, RAG\nauthor:"Geoffrey Hinton"'
    for odd in ("2", "-1", "", "x", "0" * 5000):
        assert mend_filter(typed, odd) == typed


@given(st.text(max_size=80), st.text(max_size=3))
def test_no_text_is_too_odd_to_mend(text: str, number: str) -> None:
    mended = mend_filter(text, number)
    assert mended == text or len(split_lines(mended)) >= len(split_lines(text))
