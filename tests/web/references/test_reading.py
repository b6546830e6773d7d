"""Lists of papers as people have them are read, and what cannot be read is told with its line."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.web.references import reading
from digest.web.references.bibtex import bibtex
from digest.web.references.reading import Reference, read_references
from digest.web.references.ris import ris
from tests.ranking.papers import paper

BIBTEX = """@article{vaswani,
  title = {{Attention} Is All {You} Need},
  eprint = {1706.03762}, archivePrefix = {arXiv},
}
@article{broken,
  title = {No end
@misc{other, title="Other", url="https://arxiv.org/abs/2601.00001v2"}
@misc{other, title="Key used twice", journal="arXiv preprint arXiv:2601.00002"}
@string{x = "y"}
@misc{empty}
@book{book, title = {No preprint}, note = {2601.99999 is a number}}
"""
RIS = """TY  - JOUR
TI  - Attention
 goes on
UR  - https://arxiv.org/abs/1706.03762
ER  -

what is this
TY  - JOUR
AU  - Nobody
ER  -
TY  - UNPB
T1  - Unfinished
DO  - 10.48550/arXiv.2601.00001
"""


def named(text: str) -> list[tuple[str, str]]:
    return [(each.arxiv_id, each.title) for each in read_references(text).references]


def told(text: str) -> list[tuple[int, str]]:
    return [(each.line, each.text) for each in read_references(text).problems]


def assert_papers_are_named_and_problems_placed(text: str) -> None:
    """Assert that each paper has a number or a title, and that each problem stands in a line of the text."""
    read = read_references(text)
    assert all(each.arxiv_id or each.title for each in read.references)
    lines = range(1, text.count("\n") + 2)
    assert all(each.line in lines for each in read.problems)


def test_links_and_numbers_stand_in_lines() -> None:
    text = "https://arxiv.org/abs/1706.03762v5, arXiv:2601.00001\r\nhep-th/9901001.\n\nsee me\n1706.03762"
    assert [each for each, _ in named(text)] == ["1706.03762", "2601.00001", "hep-th/9901001"]
    assert told(text) == [(4, "see me")]


def test_bibtex_is_read_around_its_mistakes() -> None:
    assert named(BIBTEX) == [
        ("1706.03762", "Attention Is All You Need"),
        ("2601.00001", "Other"),
        ("2601.00002", "Key used twice"),
        ("", "No preprint"),
    ]
    assert told(BIBTEX) == [(5, "@article{broken,"), (10, "@misc{empty}")]


def test_ris_is_read_around_its_mistakes() -> None:
    assert named(RIS) == [("1706.03762", "Attention goes on"), ("2601.00001", "Unfinished")]
    assert told(RIS) == [(7, "what is this"), (8, "TY - JOUR")]


def test_zotero_s_other_exports_are_read() -> None:
    csl = '[{"title": "A", "URL": "https://arxiv.org/abs/2601.00003", "issued": {"year": 2026}}, 3]'
    table = (
        '"Key","Item Type","Title","Url","Abstract Note"\n"K","preprint","B","http://arxiv.org/abs/2601.00004","So."'
    )
    assert named(csl) == [("2601.00003", "A")]
    assert read_references(table).references == (Reference(2, "2601.00004", "B", "So."),)
    assert told('[{"title":')[0][0] == 1


def test_our_own_exports_come_back() -> None:
    ours = [paper(title="Knots & braids", arxiv_id="2601.00001"), paper(title="Stars", arxiv_id="hep-th/9901001")]
    for text in ("".join(bibtex(ours)), "".join(ris(ours))):
        assert [each for each, _ in named(text)] == ["2601.00001", "hep-th/9901001"]


def test_a_long_list_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_REFERENCES", 3)
    monkeypatch.setattr(reading, "MAX_TOLD_PROBLEMS", 2)
    read = read_references("\n".join([*(f"2601.0000{number}" for number in range(5)), "a", "b", "c"]))
    assert (len(read.references), read.more_references) == (3, 2)
    assert (len(read.problems), read.more_problems) == (2, 1)


@given(st.text(alphabet='@{}"=,#%\\ \nabcTY-ER12.:/[]', max_size=300))
def test_no_text_ends_in_an_error(text: str) -> None:
    assert_papers_are_named_and_problems_placed(text)


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_list_ends_in_no_error(seed: int) -> None:
    draw = random.Random(seed)
    whole = draw.choice([BIBTEX, RIS]) * 3
    for _ in range(20):
        start = draw.randrange(len(whole))
        assert_papers_are_named_and_problems_placed(whole[:start] + whole[start + draw.randrange(9) :])


@pytest.mark.parametrize(
    "text",
    [
        "@article{a," * 180_000,
        "@a{t={" + "{" * 999_000,
        'TY  - x\nTI  - "' * 60_000,
        "x\n" * 10**6,
        # Each of these took minutes or many seconds.
        f"{' ' * 19}\n" * 50_000 + "x",
        "TY  - x\n" + "AB  - some more text\n" * 49_000,
        "TY  - x\nAB  - x\n" + "more of the abstract\n" * 49_000,
    ],
)
def test_what_is_made_to_be_slow_is_bounded(text: str) -> None:
    read = read_references(text)
    assert len(read.references) <= reading.MAX_REFERENCES
    assert len(read.problems) <= reading.MAX_TOLD_PROBLEMS
