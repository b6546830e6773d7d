"""The one gate: what comes in is sound, or it is turned away with a reason."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain import FetchedPaper, Malformed
from digest.sources.validation import (
    RawPaper,
    clean_text,
    describe_malformed,
    parse_moment,
    parse_summary,
    parse_web_address,
    validate_paper,
)

DAY = date(2026, 2, 3)


def raw(**changes: object) -> RawPaper:
    fields: dict[str, object] = {
        "arxiv_id": "2601.15380v2",
        "title": "Attention, again",
        "abstract": "We look at attention.",
        "authors": ["Ada", "Bao"],
        "categories": ["cs.LG", "stat.ML"],
    }
    return RawPaper(where="line 7", day=DAY, **{**fields, **changes})  # type: ignore[arg-type]


def taken(**changes: object) -> FetchedPaper:
    entry = validate_paper(raw(**changes))
    assert isinstance(entry, FetchedPaper), entry
    return entry


def refused(**changes: object) -> str:
    entry = validate_paper(raw(**changes))
    assert isinstance(entry, Malformed), entry
    assert entry.where == "line 7"
    return entry.reason


def test_a_sound_paper_comes_in() -> None:
    paper = taken()
    assert (paper.arxiv_id, paper.version, paper.authors) == ("2601.15380", 2, ("Ada", "Bao"))
    assert (paper.categories, paper.section, paper.kind, paper.day) == (("cs.LG", "stat.ML"), "", "new", DAY)


def test_a_title_may_be_just_0() -> None:
    assert taken(title="0").title == "0"


def test_control_characters_go_and_white_space_is_folded() -> None:
    assert taken(title="A\x00\u202e \n\t title\ud800\u2028of  two").title == "A title of two"


def test_joiners_that_scripts_need_stay() -> None:
    assert taken(title="می\u200cخواهم").title == "می\u200cخواهم"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"arxiv_id": "9901001"}, "no valid arXiv id"),
        ({"arxiv_id": 2601.1538}, "no valid arXiv id"),
        ({"title": " \u200b\n"}, "no title"),
        ({"title": None}, "no title"),
        ({"title": "x" * 1001}, "the title is longer than 1000 characters"),
        ({"abstract": ""}, "no abstract"),
        ({"abstract": "x" * 100_000}, "the abstract is longer than 20000 characters"),
        ({"authors": "Ada"}, "the authors are not a list"),
        ({"authors": ["x"] * 5001}, "more than 5000 authors"),
        ({"authors": ["x" * 301]}, "an author's name is longer than 300 characters"),
        ({"categories": []}, "no category"),
        ({"categories": ["68T05", "I.2.6", 5, "cs.LG; drop"]}, "no category"),
        ({"categories": {"cs.LG": 1}}, "the categories are not a list"),
        ({"section": "../../etc"}, "the section is not a category"),
        ({"kind": "surprise"}, "unknown kind of announcement"),
        ({"kind": ["new"]}, "unknown kind of announcement"),
    ],
)
def test_what_is_not_sound_is_turned_away_with_a_reason(changes: dict[str, object], reason: str) -> None:
    assert refused(**changes) == reason


@pytest.mark.parametrize(
    ("changes", "excess"),
    [
        ({"title": "x" * 1000}, {"title": "x" * 1001}),
        ({"title": "x" * 1000 + " " * 3000}, {"title": "x" * 1000 + " " * 3001}),
        ({"authors": ["Ada"] * 5000}, {"authors": ["Ada"] * 5001}),
        ({"authors": ["x" * 300]}, {"authors": ["x" * 301]}),
        ({"categories": ["a" * 32]}, {"categories": ["a" * 33]}),
    ],
)
def test_a_limit_itself_is_still_allowed(changes: dict[str, object], excess: dict[str, object]) -> None:
    assert taken(**changes).arxiv_id == "2601.15380"
    assert refused(**excess)


@pytest.mark.parametrize(
    ("version", "expected"), [(1, 1), (9999, 9999), (0, None), (10_000, None), (True, None), ("2", None), (None, None)]
)
def test_only_whole_numbers_up_to_9999_are_versions(version: object, expected: int | None) -> None:
    assert taken(arxiv_id="2601.15380", version=version).version == expected
    assert taken(version=version).version == 2, "what the id says counts more"


def test_aliases_are_merged_and_other_schemes_are_left_out() -> None:
    assert taken(categories=["math.IT", "cs.IT", "94A15", "cs.it"]).categories == ("cs.IT",)


def test_a_category_unknown_to_the_taxonomy_is_kept() -> None:
    assert taken(categories=["cs.ZZ"]).categories == ("cs.ZZ",)


def test_three_thousand_authors_are_fine() -> None:
    assert len(taken(authors=[f"Author {n}" for n in range(3303)]).authors) == 3303


def test_a_withdrawn_paper_says_so_in_its_comment() -> None:
    assert taken(comment="This paper has been withdrawn, as Lemma 7 is wrong").withdrawn
    assert not taken(comment="Withdrawn from a conference, 12 pages").withdrawn


def test_times_become_utc_and_nonsense_becomes_nothing() -> None:
    assert parse_moment("2026-01-07T18:22:01Z") == datetime(2026, 1, 7, 18, 22, 1, tzinfo=UTC)
    assert parse_moment("2026-01-07T18:22:01") == datetime(2026, 1, 7, 18, 22, 1, tzinfo=UTC)
    assert (parse_moment("yesterday"), parse_moment(5), parse_moment("0001-01-01T00:00:00+23:00")) == (None, None, None)


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "https://", "https://a b", 'https://x/"onclick', "//x", "http://x\n.org", None]
)
def test_only_web_addresses_become_links(address: object) -> None:
    assert parse_web_address(address) == ""


def test_a_repository_is_a_web_address() -> None:
    assert parse_web_address(" https://github.com/ada/attention?tab=readme#use ") == (
        "https://github.com/ada/attention?tab=readme#use"
    )


def test_an_address_may_have_500_characters() -> None:
    longest = "https://x.example/".ljust(500, "a")
    assert parse_web_address(longest) == longest
    assert parse_web_address(longest + "a") == ""


def test_an_overlong_field_of_a_summary_is_left_empty() -> None:
    found = parse_summary([("tldr", "We sort."), ("method", "x" * 5000), ("result", "x" * 5001)])
    assert found is not None
    assert (len(found.method), found.result) == (5000, "")


def test_a_summary_whose_tldr_is_a_placeholder_is_none() -> None:
    assert parse_summary([("tldr", "Summary generation failed"), ("method", "We sort.")]) is None


def test_a_single_placeholder_leaves_its_field_empty() -> None:
    found = parse_summary([("tldr", "We  sort."), ("method", "Method extraction failed"), ("task", "x"), ("result", 5)])
    assert found is not None
    assert (found.tldr, found.method, found.result) == ("We sort.", "", "")


def test_an_excerpt_is_short_and_clean() -> None:
    entry = describe_malformed("line\n1", "no\x00 title", "x\n" * 5000)
    assert (entry.where, entry.reason) == ("line 1", "no title")
    assert entry.excerpt.startswith("x x x")
    assert len(entry.excerpt) == 160


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.fixed_dictionaries(
        {}, optional={name: anything for name in RawPaper.__dataclass_fields__ if name[0] in "acdjkptuv"}
    )
)
def test_values_of_any_type_become_a_paper_or_a_reason(changes: dict[str, object]) -> None:
    changes.pop("day", None)
    entry = validate_paper(raw(**changes))
    assert isinstance(entry, FetchedPaper | Malformed)


@given(st.text())
def test_clean_text_is_one_line_that_every_database_takes(text: str) -> None:
    cleaned = clean_text(text)
    assert len(cleaned.splitlines()) <= 1
    assert "\x00" not in cleaned.encode().decode()
    assert clean_text(cleaned) == cleaned


def test_nobody_is_an_author_on_whose_behalf_somebody_writes() -> None:
    assert taken(authors=["Ada Li", "on behalf of the ATLAS Collaboration"]).authors == ("Ada Li",)
    assert taken(authors=["Ada Li (for the ATLAS Collaboration)"]).authors == ("Ada Li",)
    assert taken(authors=["Ada Li", "ATLAS Collaboration"]).authors == ("Ada Li", "ATLAS Collaboration")
