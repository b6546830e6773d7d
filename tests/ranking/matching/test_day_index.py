"""Which papers a filter matches."""

import json
import lzma
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain import PaperRecord, Reason
from digest.ranking.matching.day_index import DayIndex
from digest.ranking.matching.inverted_index import iterate_ranks
from subscriptions.filters.language import words
from subscriptions.filters.person_names import split_name
from tests.people import eve
from tests.ranking.papers import day, paper, titles

DAY_INDEX = day(
    paper("Attention is all you need", authors=("Ashish Vaswani", "Noam Shazeer")),
    paper("Diffusion models: a survey", abstract="Fine-tuning of a diffusion model.", categories=("cs.CV", "eess.IV")),
    paper(
        "Capsules", authors=("Geoffrey E. Hinton", "Sara Sabour"), abstract=r"The \emph{dynamic} routing of capsules"
    ),
    paper(
        "On H$_2$O", authors=(r"Andr\'e Mod\`ele", "Erik Jones"), categories=("physics.chem-ph",), abstract="A model"
    ),
    paper("Codes", authors=("Zhang Wei",), categories=("math.IT", "cs.IT"), abstract="Written in C++ for attention"),
    paper("Strings", authors=("The LHC: (ATLAS) Collaboration",), categories=("hep-th",), abstract="分布式注意力机制"),
)
ATTENTION, DIFFUSION, CAPSULES, WATER, CODES, STRINGS = (each.title for each in DAY_INDEX.papers)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("attention", [ATTENTION, CODES]),
        ("attention need", [ATTENTION]),
        ("need shazeer", [ATTENTION]),
        ("title:attention", [ATTENTION]),
        ("abs:attention", [CODES]),
        ("title:shazeer", []),
        ('"diffusion model"', [DIFFUSION]),
        ('"model diffusion"', []),
        ('"diffusion model" -survey', []),
        ("diffusion OR capsule", [DIFFUSION, CAPSULES]),
        ("(diffusion OR capsule) routing", [CAPSULES]),
        ("fine-tuning", [DIFFUSION]),
        ("fine tuning", [DIFFUSION]),
        ("models", [DIFFUSION, WATER]),
        ("emph", []),
        ("dynamic routing", [CAPSULES]),
        ("h2o", [WATER]),
        ("H₂O", [WATER]),
        ("c++", [CODES]),
        ("注意力", [STRINGS]),
        ("力注", []),
        ("caps*", [CAPSULES]),
        ("-att* -diff* -strin*", [CAPSULES, WATER]),
        ("attention -writ", [ATTENTION, CODES]),
        ("attention -writ*", [ATTENTION]),
        ('attention -"written in*"', [ATTENTION]),
        ('"diffusion mod*"', [DIFFUSION]),
        ("zzz*", []),
        ("author:hinton", [CAPSULES]),
        ('author:"Geoffrey Hinton"', [CAPSULES]),
        ('author:"Hinton, Geoffrey"', [CAPSULES]),
        ('author:"Hinton Geoffrey"', []),
        ('author:"Sara Hinton"', []),
        ("author:andré", [WATER]),
        ("author:jones", [WATER]),
        ("author:jone", []),
        ('author:"wei zhang"', []),
        ("author:atlas", [STRINGS]),
        ('"geoffrey hinton"', [CAPSULES]),
        ("cat:cs.LG", [ATTENTION, CAPSULES]),
        ("cat:eess.IV", [DIFFUSION]),
        ("cat:math.IT", [CODES]),
        ("cat:cs attention", [ATTENTION, CODES]),
        ("cat:physics", [WATER]),
        ("-cat:cs -cat:hep-th", [WATER]),
        ("attention -cat:cs.LG", [CODES]),
        ("-(attention OR diffusion OR capsule)", [WATER, STRINGS]),
    ],
)
def test_a_filter_matches_what_it_says(text: str, expected: list[str]) -> None:
    assert titles(DAY_INDEX, DAY_INDEX.bits(text)) == expected


def test_a_text_that_is_no_filter_matches_nothing() -> None:
    assert DAY_INDEX.bits("(attention") == DAY_INDEX.bits("") == DAY_INDEX.bits(eve.filters[0]) == 0


def test_a_paper_is_in_all_its_categories_and_in_its_section() -> None:
    index = day(paper("Crossed", categories=("math.OC", "stat.TH"), section="cs.LG"))
    assert all(index.category_bits(code) == 1 for code in ("math.OC", "cs.LG", "math.ST", "stat.TH", "math", "stat"))
    assert index.category_bits("cs.CL") == index.category_bits("nonsense") == 0


def test_a_category_missing_from_the_taxonomy_is_found_by_code() -> None:
    assert day(paper("New field", categories=("cs.ZZ",))).category_bits("cs.ZZ") == 1


def test_a_day_without_papers_matches_nothing() -> None:
    empty = day()
    assert empty.bits("attention") == empty.bits("-attention") == empty.bits("att*") == 0


def test_ten_papers_with_enough_signals_are_trending() -> None:
    index = day(paper("No votes"), *(paper(f"Voted {n}", signals={"upvotes": 90 - n}) for n in range(15)))
    assert list(index.trending) == list(range(1, 11))
    assert index.trending[1].text == "90 upvotes"


TEXTS = st.text(max_size=80)


@given(title=TEXTS, abstract=TEXTS, author=TEXTS, data=st.data())
def test_a_filter_made_of_a_papers_own_words_matches_it(
    title: str, abstract: str, author: str, data: st.DataObject
) -> None:
    title = title if words(title) or words(abstract) else "Nothing"
    # What hyphens join in a name is one part of it: Wei-Li is no Wei.
    names = [part for part in split_name(author) if "-" not in part]
    own = [*words(title), *words(abstract), *names]
    chosen = data.draw(st.lists(st.sampled_from(own), min_size=1, max_size=4))
    index = day(paper(title, abstract=abstract, authors=(author,)), paper("Another"))
    text = " ".join(f'"{word}"' for word in chosen)
    assert index.bits(text) & 1
    assert not index.bits(" ".join(f'-"{word}"' for word in chosen)) & 1


@given(title=TEXTS, start=st.integers(0, 20), length=st.integers(1, 6))
def test_any_run_of_a_titles_words_is_a_phrase_that_matches_it(title: str, start: int, length: int) -> None:
    found = words(title) or ["nothing"]
    run = found[start % len(found) :][:length]
    assert day(paper(title if words(title) else "Nothing")).bits(f'title:"{" ".join(run)}"') == 1


@given(st.sampled_from(["attention", '"diffusion model"', "author:hinton", "cat:cs", "caps*", "a OR (models -survey)"]))
def test_the_exclusion_of_a_filter_is_all_the_rest(text: str) -> None:
    excluded, matched = DAY_INDEX.bits(f"-({text})"), DAY_INDEX.bits(text)
    assert excluded & matched == 0
    assert excluded | matched == DAY_INDEX.all


@given(st.sets(st.integers(0, 3000)))
def test_a_set_of_papers_is_read_back_rank_by_rank(chosen: set[int]) -> None:
    assert list(iterate_ranks(sum(1 << rank for rank in chosen))) == sorted(chosen)


def real_papers(folder: Path, count: int) -> list[PaperRecord]:
    with lzma.open(folder / "papers" / "papers_dev_2026-02.jsonl.xz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, count)]
    return [
        paper(
            row["title"],
            abstract=row["abstract"],
            authors=tuple(row["authors"]),
            categories=tuple(row["categories"]),
        )
        for row in rows
    ]


@pytest.mark.data
def test_a_thousand_real_papers_are_found_by_their_titles(shared_data: Path) -> None:
    papers = real_papers(shared_data, 1000)
    index = DayIndex(papers)
    for rank, each in enumerate(papers):
        found = words(each.title)[:8]
        assert not found or index.bits(f'title:"{" ".join(found)}"') >> rank & 1, each.title


@pytest.mark.parametrize(
    ("filter_text", "author", "is_found"),
    [
        ('author:"Geoffrey Hinton"', "G. E. Hinton", True),
        ('author:"G. Hinton"', "Geoffrey Hinton", True),
        ('author:"Laurens van der Maaten"', "L. van der Maaten", True),
        ('author:"Robert Downey Jr."', "R. Downey", True),
        ('author:"Xiao Ming Chen"', "Xiao-Ming Chen", True),
        ('author:"Xiaoming Chen"', "Xiao-Ming Chen", True),
        ('author:"Xiao-Ming Chen"', "Xiao Ming Chen", True),
        ("author:Zeldovich", "Y. B. Zel'dovich", True),
        ("author:garcia", "José García-López", True),
        ('author:"Wei Li"', "Wei-Li Chen", False),
        ("author:li", "Wei-Li Chen", False),
        ('author:"Wei Li"', "W. Li", False),
        ('author:"Wei Q. Li"', "W. Q. Li", True),
        ('author:"Jean Serre"', "Jean-Pierre Serre", False),
    ],
)
def test_authors_are_found_as_papers_write_them(filter_text: str, author: str, is_found: bool) -> None:
    assert bool(day(paper("One", authors=(author,))).bits(filter_text)) is is_found


def test_whose_initials_agree_is_never_excluded_and_ranks_lower() -> None:
    index = day(paper("One", authors=("G. Hinton",)), paper("Two", authors=("Geoffrey Hinton",)))
    assert index.bits('-author:"Geoffrey Hinton"') == 0b01
    assert index.bits('(one OR two) -author:"Geoffrey Hinton"') == 0b01
    match = index.match('author:"Geoffrey Hinton"')
    assert (match.bits, match.levels.author) == (0b11, 0b10)


def test_a_reason_says_who_an_author_may_be() -> None:
    index = day(paper("One", authors=("Ada", "G. Hinton")), paper("Two", authors=("Geoffrey Hinton",)))
    typed = 'author:"Hinton, Geoffrey"'
    perhaps = Reason("perhaps_author", "G. Hinton; Hinton, Geoffrey")
    assert index.find_reasons(index.match(typed), 0) == (perhaps,)
    assert index.find_reasons(index.match(typed), 1) == (Reason("author", "Geoffrey Hinton"),)
    mixed = f"one {typed}"
    assert index.find_reasons(index.match(mixed), 0) == (Reason("keyword", mixed), perhaps)


def test_comments_and_journals_are_searched_where_asked() -> None:
    index = day(
        paper("One", comment="Accepted at ICML 2026, 12 pages", journal_ref="Nature Physics 12, 1"),
        paper("Two", abstract="We study nature and ICML."),
    )
    for filter_text in ("comment:icml", 'co:"accepted at icml"', "journal:nature", "jr:physics", "-abs:icml"):
        assert index.bits(filter_text) == 0b01, filter_text
    assert index.bits("comment:nature") == 0


@pytest.mark.data
def test_the_authors_of_the_field_are_found(shared_data: Path) -> None:
    lines = (shared_data / "field_cases" / "author_filters.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    found = [bool(day(paper("One", authors=(row["author"],))).bits(row["filter"])) for row in rows]
    assert found == [row["right"] == "found" for row in rows]
