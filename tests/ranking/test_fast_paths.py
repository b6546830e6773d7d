"""The fast paths of matching and choosing give what the plain ones give."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain import PaperRecord
from digest.ranking.matching import filter_scores
from digest.ranking.matching.day_index import DayIndex
from digest.ranking.matching.field_index import FieldIndex
from digest.ranking.matching.filter_scores import FilterScorer
from digest.ranking.matching.inverted_index import iterate_ranks, lowest_ranks
from digest.ranking.matching.match_points import add_points
from digest.ranking.personal.feedback_affinity import FeedbackAffinity
from digest.ranking.personal.similarity import MarkedPaper
from digest.ranking.selection import candidates, select
from digest.ranking.selection.sort_key import MAX_PAPERS_PER_DAY, best_keys, make_key
from subscriptions.filters.language import MAX_FILTERS, FilterError, Term, parse, parse_plain
from subscriptions.filters.language import And as Both
from subscriptions.reader import Reader
from tests.ranking.matching.test_day_index import real_papers
from tests.ranking.papers import day, paper
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
    id=st.just(1),
    email=st.just("x@example.org"),
    categories=st.lists(st.sampled_from(CODES), max_size=3, unique=True).map(tuple),
    filters=st.lists(FILTER, max_size=6, unique=True).map(tuple),
    papers=st.integers(1, 8),
    minimum=st.integers(1, 3),
)
DAY = st.lists(PAPER, max_size=24)


@given(READER, DAY, st.integers(0), st.sets(st.integers(0, 30), max_size=6), st.booleans())
def test_the_choice_is_that_of_the_reference(
    reader: Reader, papers: list[PaperRecord], seen: int, marked: set[int], with_feedback: bool
) -> None:
    index = day(*papers)
    feedback = feedback_of(index, marked) if with_feedback and papers else None
    assert select.choose_papers(reader, index, seen=seen, feedback=feedback) == ReferenceSelection(index.papers).choose(
        reader, seen, feedback
    )


@given(READER, DAY, st.integers(0))
def test_papers_scored_as_sets_give_the_same_choice(reader: Reader, papers: list[PaperRecord], seen: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(filter_scores, "FEW_PAPERS", 1)
        patch.setattr(candidates, "MAX_FEW_SHARED", 1)
        index = day(*papers)
        assert select.choose_papers(reader, index, seen=seen) == ReferenceSelection(index.papers).choose(reader, seen)


def feedback_of(index: DayIndex, marked: set[int]) -> FeedbackAffinity:
    found = [index.papers[number % len(index.papers)] for number in sorted(marked)]
    texts = [MarkedPaper(f"{each.arxiv_id}x", each.title, each.abstract, each.authors) for each in found]
    return FeedbackAffinity(index.similarity, texts[::2], texts[1::2])


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
def test_a_plain_phrase_scores_as_the_search_does(papers: list[PaperRecord], pair: tuple[str, str]) -> None:
    fields = FieldIndex(day(*papers).papers)
    scorer = FilterScorer(fields, len(papers))
    assert scorer.plain(("phrase", *pair)) == scorer.of(fields.anywhere(pair))
    assert scorer.plain(("phrase", "ada", "ada")) == scorer.of(fields.anywhere(("ada", "ada")))


@given(st.lists(st.lists(st.integers(0, 4095), max_size=3), max_size=5), st.integers(0, 4095), st.integers(1, 12))
def test_points_added_for_sets_are_the_sums_for_each_paper(drawn: list[list[int]], among: int, most: int) -> None:
    parts = [apart(sets) for sets in drawn]
    sums = {
        rank: sum(worth for part in parts for worth, some in part if some >> rank & 1) for rank in iterate_ranks(among)
    }
    keys = [make_key(1, worth, 11 - rank) for rank, worth in sums.items()]
    assert best_keys(1, add_points(among, parts), most, last=11) == sorted(keys, reverse=True)[:most]


def apart(sets: list[int]) -> list[tuple[int, int]]:
    """The sets without what is in an earlier one, each worth something else."""
    found, taken = [], 0
    for number, papers in enumerate(sets):
        found.append((2 * number + 1, papers & ~taken))
        taken |= papers
    return found


@given(st.sets(st.integers(0, 300)), st.integers(0, 20))
def test_the_lowest_ranks_of_a_set_come_first(chosen: set[int], most: int) -> None:
    assert lowest_ranks(sum(1 << rank for rank in chosen), most) == sorted(chosen)[:most]


def test_fifty_title_matches_do_not_reach_the_next_tier() -> None:
    words = [f"w{number}x" for number in range(MAX_FILTERS)]
    index = day(paper(" ".join(words)), paper("Engines", authors=("Ada Lovelace",)), *[paper("Other")] * 30)
    reader = Reader(id=1, email="x@example.org", filters=(*words[:-1], "author:lovelace"))
    assert select.choose_papers(reader, index) == ReferenceSelection(index.papers).choose(reader)
    assert [pick.rank for pick in select.choose_papers(reader, index).picks] == [1, 0]


def test_a_day_with_more_papers_than_keys_allow_is_refused() -> None:
    with pytest.raises(ValueError, match="65536 papers at most"):
        DayIndex([paper()] * (MAX_PAPERS_PER_DAY + 1))


@pytest.mark.data
def test_the_choice_of_a_real_day_is_that_of_the_reference(shared_data: Path) -> None:
    papers = [replace(each, rank=rank) for rank, each in enumerate(real_papers(shared_data, 400))]
    index, reference, random = DayIndex(papers), ReferenceSelection(papers), Random(7)
    for _ in range(60):
        reader = reader_of(papers, random)
        assert select.choose_papers(reader, index) == reference.choose(reader)


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
