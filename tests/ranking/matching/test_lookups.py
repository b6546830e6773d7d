"""The lists of a day give what reading all of it gives, and a dear filter looks up little more than a plain word."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.ranking.matching import author_index, inverted_index
from digest.ranking.matching.author_index import AuthorIndex
from digest.ranking.matching.day_index import DayIndex
from digest.ranking.matching.inverted_index import InvertedIndex, TextMatches
from subscriptions.filters.language import words
from tests.ranking.papers import day, paper

WORD = st.sampled_from(("con", "cone", "cones", "contour", "deep", "deeper", "de", "c++"))
TEXTS = st.lists(st.lists(WORD, max_size=9), max_size=12)
PHRASE = st.tuples(st.lists(WORD, min_size=1, max_size=4), st.sampled_from(("", "", "*"))).map(
    lambda drawn: (*drawn[0][:-1], drawn[0][-1] + drawn[1])
)
PART = st.sampled_from("abcde")
NAMES = st.lists(st.lists(PART, min_size=1, max_size=11).map(" ".join), max_size=5)


def read_all(texts: Sequence[Sequence[str]], phrase: Sequence[str]) -> TextMatches:
    """Read every place of every text."""
    counts = [sum(_stands_at(text, place, phrase) for place in range(len(text))) for text in texts]
    once, often = (sum(1 << rank for rank, count in enumerate(counts) if count >= least) for least in (1, 2))
    return TextMatches(once, often)


def _stands_at(text: Sequence[str], place: int, phrase: Sequence[str]) -> bool:
    *whole, last = phrase
    found = text[place : place + len(phrase)]
    if len(found) < len(phrase) or list(found[:-1]) != whole:
        return False
    return found[-1].startswith(last[:-1]) if last.endswith("*") else found[-1] == last


@given(TEXTS, PHRASE)
def test_a_phrase_is_where_reading_finds_it(texts: list[list[str]], phrase: tuple[str, ...]) -> None:
    assert InvertedIndex(texts).phrase(phrase) == read_all(texts, phrase)


@given(st.lists(NAMES, max_size=6), st.lists(PART, min_size=1, max_size=4))
def test_an_author_is_where_reading_finds_them(authors: list[list[str]], parts: list[str]) -> None:
    index = AuthorIndex(authors)
    found = [next((name for name in names if _holds(words(name), parts)), "") for names in authors]
    assert index.papers_by(parts) == sum(1 << rank for rank, name in enumerate(found) if name)
    assert [index.name(rank, parts) for rank in range(len(authors))] == found


def _holds(name: Sequence[str], parts: Sequence[str]) -> bool:
    remaining = iter(name)
    return all(part in remaining for part in parts)


class Work(NamedTuple):
    """What a filter made the index do: texts and names read, and lists joined."""

    texts: int
    names: int
    joined: int


VOCABULARY = [start + end for start in ("con", "cont", "inte", "pro") for end in map(str, range(400))]


@pytest.fixture(scope="module")
def large_day() -> DayIndex:
    """A day of 300 papers with 1,600 words of four beginnings, and an experiment of 900 people."""
    chance = Random(8)
    texts = [" ".join(("of the " * 3, *chance.choices(VOCABULARY, k=60))) for _ in range(300)]
    people = tuple(f"{chance.choice('ABCDE')}. {chance.choice('ABCDE')}. Name{n}" for n in range(900))
    return day(
        *(paper("Of the", abstract=text, authors=people if n < 3 else ("Ada Byron",)) for n, text in enumerate(texts))
    )


@pytest.fixture
def measure(large_day: DayIndex, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Work]:
    counts = {"texts": 0, "names": 0, "joined": 0}
    in_order, texts_with_any = author_index._is_in_order, inverted_index._KeyIndex.texts_with_any

    class CountedLines(list[str]):
        def __getitem__(self, rank: Any) -> Any:
            counts["texts"] += 1
            return super().__getitem__(rank)

    def count_name(name_parts: Sequence[str], parts: tuple[str, ...]) -> bool:
        counts["names"] += 1
        return in_order(name_parts, parts)

    def count_joined(keys: inverted_index._KeyIndex, joined: Sequence[int]) -> TextMatches:
        counts["joined"] += len(joined)
        return texts_with_any(keys, joined)

    for field in (large_day.fields.titles, large_day.fields.abstracts):
        monkeypatch.setattr(field, "_lines", CountedLines(field._lines))
    monkeypatch.setattr(author_index, "_is_in_order", count_name)
    monkeypatch.setattr(inverted_index._KeyIndex, "texts_with_any", count_joined)

    def run(text: str) -> Work:
        counts.update(texts=0, names=0, joined=0)
        assert large_day.bits(text)
        return Work(**counts)

    return run


NOTHING = Work(texts=0, names=0, joined=0)


@pytest.mark.parametrize(
    "text", ["of", "con*", "inte*", '"of the"', "title:of", "abs:con*", '"of the" con* -"the the"']
)
def test_words_pairs_and_short_beginnings_are_listed(measure: Callable[[str], Work], text: str) -> None:
    assert measure(text) == NOTHING


def test_a_long_beginning_joins_only_its_own_words(measure: Callable[[str], Work], large_day: DayIndex) -> None:
    large_day.fields.abstracts._beginning.cache_clear()
    assert measure("cont12*") == NOTHING._replace(
        joined=len([word for word in VOCABULARY if word.startswith("cont12")])
    )


def test_a_beginning_is_joined_once_a_day(measure: Callable[[str], Work], large_day: DayIndex) -> None:
    large_day.fields.abstracts._beginning.cache_clear()
    assert measure("inte1* of").joined == len([word for word in VOCABULARY if word.startswith("inte1")]) == 111
    assert measure("inte1* the").joined == 0


def test_a_long_phrase_reads_only_texts_with_all_its_pairs(measure: Callable[[str], Work], large_day: DayIndex) -> None:
    few = large_day.bits('"the pro1*"')
    assert 0 < few.bit_count() < 100
    assert measure('"of the pro1*"').texts <= 2 * few.bit_count()


def test_of_an_experiment_only_the_names_asked_are_read(measure: Callable[[str], Work]) -> None:
    assert measure('author:"a b"') == NOTHING
    assert measure('author:"a b" OR "b c"') == NOTHING
    assert measure('author:"a b name7" OR of').names <= 3


def test_the_dearest_filter_of_a_stranger_is_bounded(measure: Callable[[str], Work]) -> None:
    groups = " ".join(f"(con* OR pro* OR cont{number}*)" for number in range(10))
    assert measure(groups).texts == 0
    assert measure(groups.replace(" (", " OR (")).joined <= 10 * 111
