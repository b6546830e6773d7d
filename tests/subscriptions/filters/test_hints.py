"""Hints at what somebody may not have meant by a filter."""

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.filters.error_messages import find_hints
from subscriptions.filters.hints import HINTS
from subscriptions.filters.language import FilterError, hints, parse
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
        *("robot*", "-robot*", '"case stud*"', "cat:math.*", "-survey", "title:the", "(unclosed", "", "中文"),
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
