"""The fast paths of matching and choosing give what the plain ones give."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain import PaperRecord
from digest.ranking.matching.day_index import MAX_PAPERS_PER_DAY, DayIndex
from digest.ranking.matching.field_index import FieldIndex
from digest.ranking.matching.plain_filters import match_plainly
from digest.ranking.selection.select import describe_reader
from subscriptions.filters.language import And as Both
from subscriptions.filters.language import FilterError, Term, parse, parse_plain
from subscriptions.reader import Reader
from tests.ranking.matching.test_day_index import real_papers
from tests.ranking.papers import day, liked, paper, selection
from tests.ranking.reference import ReferenceSelection

WORDS = ("deep", "graph", "graphs", "survey", "lemma", "hopper", "ada")
TEXT = st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join)
CODES = ("cs.LG", "hep-th", "cs", "math.IT", "stat.ML")
PAPER = st.builds(
    paper,
    TEXT,
    abstract=TEXT,
    authors=st.lists(st.sampled_from(["Grace Hopper", "Ada Lovelace", "Deep Graph"]), max_size=2).map(tuple),
    categories=st.lists(st.sampled_from(["cs.LG", "hep-th", "cs.IT", "stat.ML"]), min_size=1, max_size=3).map(tuple),
    signals=st.sampled_from([{}, {}, {"upvotes": 50}]),
    kind=st.sampled_from(["new", "new", "cross", "replace", "withdrawn"]),
    score=st.integers(0, 1000).map(lambda thousandths: thousandths / 1000),
)
WORD = st.sampled_from(WORDS)
FILTER = st.one_of(
    WORD,
    st.builds("{} {}".format, WORD, WORD),
    st.builds('"{} {}"'.format, WORD, WORD),
    st.builds("title:{}".format, WORD),
    st.builds("author:{}".format, WORD),
    st.builds("-{}".format, WORD),
    st.builds("{} OR author:{} -{}".format, WORD, WORD, WORD),
    st.sampled_from(["cat:hep-th", "gra*", "(", "title:survey OR lemma", 'author:"grace hopper"']),
)
READER = st.builds(
    Reader,
    id=st.integers(1, 9),
    email=st.just("x@example.org"),
    categories=st.lists(st.sampled_from(CODES), max_size=3, unique=True).map(tuple),
    filters=st.lists(FILTER, max_size=6, unique=True).map(tuple),
    papers=st.integers(1, 8),
    minimum=st.integers(1, 3),
    language=st.just("en"),
    timezone=st.just("UTC"),
    hour=st.just(8),
    detail=st.just("tldr"),
    epoch=st.just(0),
    key=st.just(0),
    popularity=st.sampled_from(["none", "some", "much"]),
    switched_off=st.sampled_from([(), (), ("new",), ("likes",)]),
)
DAY = st.lists(PAPER, max_size=24)


MARKS = st.lists(PAPER, max_size=4)


@given(READER, DAY, st.integers(0, (1 << 24) - 1), MARKS, MARKS)
def test_the_choice_is_that_of_the_reference(
    reader: Reader, papers: list[PaperRecord], seen: int, more: list[PaperRecord], less: list[PaperRecord]
) -> None:
    chosen = selection(*papers)
    signals = describe_reader(reader)._replace(liked=list(map(liked, more)), disliked=list(map(liked, less)))
    seen &= (1 << len(papers)) - 1
    assert chosen.choose([reader], [signals], seen=[seen]) == [ReferenceSelection(chosen).choose(reader, signals, seen)]


@given(st.lists(READER, min_size=2, max_size=5), DAY)
def test_readers_are_chosen_for_together_as_each_alone(readers: list[Reader], papers: list[PaperRecord]) -> None:
    chosen = selection(*papers)
    signals = list(map(describe_reader, readers))
    alone = [chosen.choose([reader], [said])[0] for reader, said in zip(readers, signals, strict=True)]
    assert chosen.choose(readers, signals) == alone


@given(FILTER | st.text(max_size=20) | st.text("ab1: \"'(-*OR.", max_size=12))
def test_a_plain_filter_is_parsed_as_by_the_parser(text: str) -> None:
    found = parse_plain(text)
    if found is None:
        return
    kind, first, second = found
    match kind:
        case "phrase":
            assert parse(text) == Term("any", (first, second))
        case "both" if first != second:
            assert parse(text) == Both((Term("any", (first,)), Term("any", (second,))))
        case "title" | "author":
            assert parse(text) == Term(kind, (first,))
        case _:
            assert parse(text) == Term("any", (first,))


@pytest.mark.parametrize("text", ["deep graph", '"deep graph"', "title:deep", "author:hopper", "graph", "OR", "a2 b3"])
def test_the_filters_that_most_readers_have_are_plain(text: str) -> None:
    assert (parse_plain(text) is None) == (text == "OR")


def test_a_filter_too_long_for_the_parser_is_not_plain() -> None:
    text = f"title:{'a' * 300}"
    assert parse_plain(text) is None
    with pytest.raises(FilterError):
        parse(text)


@given(DAY, st.tuples(WORD, WORD))
def test_a_plain_phrase_matches_as_the_search_does(papers: list[PaperRecord], pair: tuple[str, str]) -> None:
    fields = FieldIndex(day(*papers).papers)
    assert match_plainly(("phrase", *pair), fields) == fields.anywhere(pair)
    assert match_plainly(("phrase", "ada", "ada"), fields) == fields.anywhere(("ada", "ada"))


def test_a_day_with_more_papers_than_keys_allow_is_refused() -> None:
    with pytest.raises(ValueError, match="65536 papers at most"):
        DayIndex([paper()] * (MAX_PAPERS_PER_DAY + 1))


@pytest.mark.data
def test_the_choice_of_a_real_day_is_that_of_the_reference(shared_data: Path) -> None:
    papers = [replace(each, rank=rank) for rank, each in enumerate(real_papers(shared_data, 400))]
    chosen, random = selection(*papers), Random(7)
    reference = ReferenceSelection(chosen)
    for likes in (0, 1, 3, 30) * 15:
        reader = reader_of(papers, random)
        marked = [liked(random.choice(papers)) for _ in range(likes)]
        signals = describe_reader(reader)._replace(liked=marked[1:], disliked=marked[:1])
        assert chosen.choose([reader], [signals]) == [reference.choose(reader, signals)]


def reader_of(papers: list[PaperRecord], random: Random) -> Reader:
    """Return a reader with filters made of the day's words: rare ones, common ones, authors, exclusions."""
    filters = []
    for _ in range(5):
        one = random.choice(papers)
        words = [word for word in one.abstract.lower().split() if word.isalpha()] or ["model"]
        start = random.randrange(len(words))
        shapes = (f'"{" ".join(words[start : start + 2])}"', f"{words[start]} {random.choice(words)}", words[start])
        author = f"author:{one.authors[0].split()[-1].lower()}"
        filters.append(random.choice([*shapes, author, f"title:{random.choice(words)}", f"-{words[start]}"]))
    categories = {random.choice(papers).categories[0] for _ in range(random.randrange(4))}
    count = random.choice((3, 10, 30))
    return Reader(id=1, email="x@example.org", categories=tuple(categories), filters=tuple(filters), papers=count)
