"""The filter language."""

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.filters.language import (
    MAX_FILTERS,
    MESSAGES,
    And,
    CategoryTerm,
    Filter,
    FilterError,
    Not,
    Or,
    Term,
    canonical,
    check_filters,
    is_exclusion,
    parse,
    positive_terms,
    tidy_typed,
)
from tests.people import CAST, eve


def word(*words: str) -> Term:
    return Term("any", words)


A, B, C = word("a"), word("b"), word("c")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("attention", word("attention")),
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ("a & b,", And((A, B))),
        ("a and b", And((A, word("and"), B))),
        ("a OR b", Or((A, B))),
        ("a|b", Or((A, B))),
        ("a or b", And((A, word("or"), B))),
        ("a b OR c", Or((And((A, B)), C))),
        ("a (b OR c)", And((A, Or((B, C))))),
        ("((a) ((b)))", And((A, B))),
        ("a a", A),
        ('"graph nets"', word("graph", "nets")),
        ("“graph nets”", word("graph", "nets")),
        ("fine-tuning", word("fine", "tuning")),
        ("-survey", Not(word("survey"))),
        ("−survey", Not(word("survey"))),
        ('-"case study"', Not(word("case", "study"))),
        ("-(a OR b)", Not(Or((A, B)))),
        ("NOT a", Not(A)),
        ("a ANDNOT b", And((A, Not(B)))),
        ("NOT -a", A),
        ("a - b", And((A, B))),
        ("author:Hinton", Term("author", ("hinton",))),
        ('author:"Geoffrey Hinton"', Term("author", ("geoffrey", "hinton"))),
        ('author:"Hinton, Geoffrey"', Term("author", ("geoffrey", "hinton"))),
        ("author:geoffrey_hinton", Term("author", ("geoffrey", "hinton"))),
        ("Author: Hinton", Term("author", ("hinton",))),
        ("au:bengio", Term("author", ("bengio",))),
        ("-author:x", Not(Term("author", ("x",)))),
        ("title:(a OR -b)", Or((Term("title", ("a",)), Not(Term("title", ("b",)))))),
        ("abs:lemma", Term("abstract", ("lemma",))),
        ("cat:cs.LG", CategoryTerm("cs.LG")),
        ("cat:CS.lg", CategoryTerm("cs.LG")),
        ("cat:math.IT", CategoryTerm("cs.IT")),
        ("cat:cs", CategoryTerm("cs")),
        ("cat:cs.*", CategoryTerm("cs")),
        ("cat:hep-th", CategoryTerm("hep-th")),
        ("cs.LG", CategoryTerm("cs.LG")),
        ("transform*", word("transform*")),
        ("A*", word("a")),
        ("C++", word("c++")),
        ("CO2: a", And((word("co2"), A))),
        ("3:1", word("3", "1")),
        ("MERGE: a", And((word("merge"), A))),
        ("std::vector", word("std", "vector")),
        ("https://arxiv.org/abs/1", word("https", "arxiv", "org", "abs", "1")),
        (r"G\"odel", word("godel")),
        ("注意力", word("注", "意", "力")),
        ("author：辛顿（a）", And((Term("author", ("辛", "顿")), A))),
    ],
)
def test_a_filter_is_read_as_it_is_meant(text: str, expected: Filter) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "code", "marked"),
    [
        ("", "empty", ""),
        ("  ", "empty", "  "),
        ("&,!", "empty", "&,!"),
        ("ab (cd", "open_bracket", "("),
        ("ab) cd", "close_bracket", ")"),
        ("ab ()", "empty_brackets", "()"),
        ('ab "cd', "open_quote", '"'),
        ('ab "" cd', "empty_phrase", '""'),
        ("OR ab", "missing_side", "OR"),
        ("ab OR", "missing_side", "OR"),
        ("ab || (OR)", "missing_side", "OR"),
        ("ab AND", "missing_side", "AND"),
        ("AND ab", "missing_side", "AND"),
        ("ab -&", "missing_exclusion", "-"),
        ("ab NOT", "missing_exclusion", "NOT"),
        ("ab author:", "missing_value", "author:"),
        ("autor:hinton", "unknown_field_near", "autor:"),
        ("Autor:Hinton", "unknown_field_near", "Autor:"),
        ("ab venue:nature", "unknown_field", "venue:"),
        ("cat:cs.LX", "unknown_category_near", "cs.LX"),
        ("cat:qqqq", "unknown_category", "qqqq"),
        ("x" * 301, "too_long", "x"),
        ("㎢" * 299, "too_long", "㎢" * 299),
        ("(" * 11 + "a" + ")" * 11, "too_deep", "("),
        ("a " * 41, "too_many_terms", "a"),
        ("attention\r\nBcc: all", "line_break", "\r"),
    ],
)
def test_an_error_points_at_its_place(text: str, code: str, marked: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    error = caught.value
    assert error.code == code
    assert text[error.position : error.position + error.length] == marked
    assert "%" not in str(error)


def test_an_error_suggests_what_was_probably_meant() -> None:
    with pytest.raises(FilterError, match=r"Did you mean author: instead\?"):
        parse("autor:hinton")
    with pytest.raises(FilterError, match=r"Did you mean cs\.LG"):
        parse("cat:lg")


def test_every_message_can_be_translated_with_its_details() -> None:
    details = dict.fromkeys(("limit", "word", "field", "suggestion", "category"), "x")
    assert all((message % details).endswith((".", "?", ":")) for message in MESSAGES.values())


@pytest.mark.parametrize(
    ("text", "answer"),
    [("-a", True), ("-a -b", True), ("-(a b)", True), ("-a OR -b", True), ("a -b", False), ("a", False)],
)
def test_a_filter_of_exclusions_only_is_told_apart(text: str, answer: bool) -> None:
    assert is_exclusion(parse(text)) is answer


def test_only_what_speaks_for_a_paper_is_a_positive_term() -> None:
    found = list(positive_terms(parse("a (b OR cat:cs.LG) -c")))
    assert found == [A, B, CategoryTerm("cs.LG")]


def test_filters_are_stored_as_written_and_each_meaning_once() -> None:
    texts = ["  Attention  Transformers ", "", "attention AND transformers", "注意力", 'author:"Hinton, G"']
    assert check_filters(texts) == ("Attention Transformers", "注意力", 'author:"Hinton, G"')


def test_invisible_signs_are_not_stored_and_change_no_meaning() -> None:
    assert check_filters(["Diffusion\0\tModel", "soft\u00adware", "a\u2028b"]) == ("Diffusion Model", "software", "a b")


@given(st.text(max_size=40))
def test_a_stored_filter_means_what_was_written_and_is_stable(text: str) -> None:
    try:
        wanted = parse(text)
    except FilterError:
        return
    [stored] = check_filters([text])
    assert parse(stored) == wanted
    assert not {category(sign) for sign in stored} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert check_filters([stored]) == (stored,)


def test_an_error_among_several_filters_names_the_line() -> None:
    with pytest.raises(FilterError) as caught:
        check_filters(["fine", "", "not (fine"])
    assert (caught.value.line, caught.value.text, caught.value.position) == (3, "not (fine", 4)


def test_a_reader_may_keep_only_so_many_filters() -> None:
    with pytest.raises(FilterError, match="too many filters"):
        check_filters(f"word{n}" for n in range(MAX_FILTERS + 1))


def test_the_filters_of_the_cast_are_in_their_stored_form() -> None:
    for person in CAST:
        assert check_filters(person.filters) == person.filters
    with pytest.raises(FilterError):
        check_filters(eve.filters)


PIECES = st.sampled_from(
    [
        *("a", "graph", "Models", '"x y"', "-", "(", ")", " ", " OR ", " AND ", "|", "NOT ", "author:", "title:"),
        *("cat:", "cs.LG", "math", "hep-th", "foo:", "*", "fine-tuning", "C++", "\\", '"', "“", "é", "注意", "β"),
        *(":", "&", "_", ","),
    ]
)
ANYTHING = st.one_of(st.text(max_size=320), st.lists(PIECES, max_size=30).map("".join))


def parse_or_error(text: str) -> Filter | FilterError:
    try:
        return parse(text)
    except FilterError as error:
        return error


@given(ANYTHING)
def test_any_text_is_a_filter_or_an_error_with_a_place_in_it(text: str) -> None:
    found = parse_or_error(text)
    if isinstance(found, FilterError):
        assert min(found.position, found.length) >= 0
        assert found.position + found.length <= len(text)
        assert str(found)
    else:
        assert parse(canonical(found)) == found
        assert canonical(parse(canonical(found))) == canonical(found)


@pytest.mark.parametrize("typed", ["graph  nets", " graph\tnets\n", "graph\x00nets", "\u2028graph\u200b nets\u00a0"])
def test_what_is_typed_becomes_one_line_of_signs_that_are_seen(typed: str) -> None:
    assert tidy_typed(typed) == "graph nets"
