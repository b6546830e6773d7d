"""What is joined from prepared bytes is what the plain way makes, byte for byte, whatever comes from outside."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.message import encode_seven_bit
from digest.domain import LetterOrder, NewsKind, PaperNewsRecord, PaperRecord, Pick, Reason, ReasonKind, ToldRelation
from digest.letters.kinds import LETTER_KINDS
from digest.letters.plain import PlainRenderer
from digest.letters.size_limit import MAX_LETTER_BYTES
from subscriptions.preference_defaults import PAPERS_IN_FULL
from subscriptions.reader import Reader
from tests.letters.sample_letters import DAY, SENDER, TITLES, as_received, edition, order, paper, renderer, summary
from tests.people import ada

NAUGHTY = [
    "From here to there",
    "From " * 100,
    "a \nFrom b",
    "\0",
    "\r",
    "\r\nBcc: all@example.org",
    "\ud800",
    "日本語の題名",
    "x" * 300,
    "<b>&amp;",
    "=_one",
    "\u202e",
    "~~~",
]
WORDS = st.text(st.sampled_from("ab <>&\"'\n-:%{}é日“”~\0\r")) | st.sampled_from([*NAUGHTY, "Graphs", "a b c" * 30])
FILTERS = st.sampled_from(
    [
        '"graph networks"',
        "Grace M. Hopper-Weil",
        "graph",
        "title:graph",
        '"a b" -survey',
        "a  b",
        '""',
        '"',
        "%s %(x)s",
        "a&b",
        "x" * 130,
        "é",
    ]
) | WORDS.filter(bool)
KINDS = st.sampled_from(["keyword", "keyword", *get_args(ReasonKind)])
SHARES = st.sampled_from([0, 0, 1, 3, 12, 48, 100])
REASONS = st.lists(st.builds(Reason, KINDS, FILTERS, SHARES, st.sampled_from([0, 1, 3])), max_size=5).map(tuple)
ADDRESSES = st.sampled_from(
    ["ada@example.org", "a+b_c.d@x.example", f"{'long' * 12}@{'host' * 12}.org", "o'neil&co@example.org", "日@例.jp"]
) | st.integers(1, 60).map(lambda length: f"{'a' * length}@example.org")
PAPERS = st.lists(WORDS, min_size=4, max_size=4).map(
    lambda titles: [paper(rank, title=title, abstract=f"{title} and more. ") for rank, title in enumerate(titles)]
)
# Several in a row often have the same reasons.
ORDERED = st.lists(st.tuples(st.integers(0, 3), REASONS, st.integers(1, 3)), min_size=1, max_size=5).map(
    lambda picks: [(rank, reasons) for rank, reasons, times in picks for _ in range(times)]
)
LANGUAGES = st.sampled_from(["en", "zh"])


def ordered(picks: list[tuple[int, tuple[Reason, ...]]], language: str, **changes: Any) -> LetterOrder:
    found = tuple(Pick(rank, 1.0, reasons) for rank, reasons in picks)
    return order(0, language=language, **changes)._replace(picks=found)


@given(
    PAPERS,
    ORDERED,
    LANGUAGES,
    ADDRESSES,
    st.integers(0, 40),
    st.sets(st.integers(0, 3), max_size=2),
    st.lists(st.builds(ToldRelation, st.integers(0, 3), WORDS, WORDS), max_size=2),
    st.sampled_from([None, DAY - timedelta(days=4), DAY - timedelta(days=24)]),
    st.sampled_from(sorted(PAPERS_IN_FULL)),
    st.sampled_from(sorted(LETTER_KINDS)),
    st.lists(
        st.builds(PaperNewsRecord, st.sampled_from(get_args(NewsKind)), st.just("2601.00001"), WORDS, WORDS, WORDS),
        max_size=2,
    ),
)
def test_every_letter_is_the_plain_one(
    papers: list[PaperRecord],
    picks: list[tuple[int, tuple[Reason, ...]]],
    language: str,
    address: str,
    matched: int,
    notices: set[int],
    relations: list[ToldRelation],
    first_day: date | None,
    detail: str,
    kind: str,
    news: list[PaperNewsRecord],
) -> None:
    reader = ada._replace(email=address)
    wanted = ordered(
        picks, language, matched=matched, notices=tuple(notices), detail=detail, relations=tuple(relations), kind=kind
    )
    wanted = wanted._replace(covers_from=first_day, news=tuple(range(len(news))))
    contents = replace(edition(papers), news=dict(enumerate(news)))
    made = renderer(contents).letter(reader, wanted).data
    assert made == PlainRenderer(contents, SENDER).letter(reader, wanted)
    assert b"\nFrom " not in made


@pytest.mark.parametrize("length", [900, 2000])
def test_a_line_too_long_for_mail_is_encoded_by_the_library(length: int) -> None:
    code = f"https://code.example/{'x' * length}"
    contents = edition([paper(0, code_url=code), paper(1)], {(0, "en"): summary()})
    made = renderer(contents).letter(ada, order(0, 1))
    assert max(map(len, made.data.split(b"\r\n"))) <= 998
    assert code in made.text
    assert code in made.html
    assert made.data == PlainRenderer(contents, SENDER).letter(ada, order(0, 1))


def test_no_line_begins_with_a_dot() -> None:
    papers = [paper(rank, title=".NET and others", abstract=".NET " * 60) for rank in (0, 1)]
    made = renderer(edition(papers)).letter(ada, order(0, 1, detail="abstract"))
    assert b"\n." not in made.data
    assert "\n .NET" in made.text


@pytest.mark.parametrize("code_url", ["", f"https://code.example/{'x' * 1000}"], ids=["as it is", "encoded"])
@pytest.mark.parametrize("detail", ["titles", "tldr", "abstract"])
def test_no_line_begins_as_a_mailbox_does(code_url: str, detail: str) -> None:
    words = {"title": "From here", "abstract": "From here to there. " * 60, "authors": ("From Here",) * 40}
    papers = [paper(rank, code_url=code_url, **words) for rank in range(3)]
    contents = edition(papers, {}, note="From us:\n\nFrom " + "From now on. " * 40)
    sender = replace(SENDER, site_name="From arXiv", postal_address="From Lane 1\nFrom Town", contact="From us")
    reasons = (Reason("keyword", '"From here"'), Reason("keyword", "From " * 20), Reason("like", "From here " * 9))
    wanted = order(0, 1, 2, reasons=reasons, detail=detail, notices=(0, 1), matched=9)
    made = renderer(contents, sender).letter(ada, wanted)
    assert made.data == PlainRenderer(contents, sender).letter(ada, wanted)
    for data in (made.data, encode_seven_bit(made)):
        assert b"\nFrom " not in data
        assert max(map(len, data.split(b"\r\n"))) <= 998
    assert made.text.startswith(" From arXiv\n")
    assert "From Town" in made.html


def test_a_parser_of_mail_finds_what_was_written() -> None:
    made = renderer().letter(ada, order(0, 1, 2, matched=9))
    received = as_received(made)
    found = [str(part.get_content()).replace("\r\n", "\n") for part in received.walk() if not part.is_multipart()]
    assert found == [made.text, made.html]
    assert received["Subject"] == made.subject


def person(number: int) -> Reader:
    return ada._replace(id=number, email=f"reader{number}@example.org")


def test_no_two_readers_share_a_word_of_their_own() -> None:
    shared = renderer()
    for number in (1, 22, 333):
        made = shared.letter(person(number), order(0, 1, delivery_id=number))
        assert made.data == PlainRenderer(edition(), SENDER).letter(person(number), order(0, 1, delivery_id=number))


@pytest.mark.parametrize(("detail", "count"), [("abstract", 20), ("structured", 30), ("titles", 60)])
def test_a_letter_too_large_is_shortened_alike(detail: str, count: int) -> None:
    papers = [
        paper(rank, title=f"{rank} {TITLES[0]}", abstract="All of it matters here. " * 90) for rank in range(count)
    ]
    contents = edition(papers)
    too_large = order(*range(count), matched=count + 5, detail=detail)
    fast = renderer(contents).letter(ada, too_large).data
    assert len(fast) <= MAX_LETTER_BYTES
    assert fast == PlainRenderer(contents, SENDER).letter(ada, too_large)
