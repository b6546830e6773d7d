"""RIS: right for honest papers, harmless for the others."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from tests.ranking.papers import paper
from tests.web.references.entries import attention, ris_of
from tests.web.references.test_bibtex import NASTY


def test_it_has_one_line_for_each_field() -> None:
    assert ris_of(attention()).split("\r\n") == [
        "TY  - UNPB",
        "ID  - arXiv:2601.15380",
        "TI  - Attention in O(n log n): 50% less & BERT",
        "AU  - Hopper, Grace",
        "AU  - Erdős, P.",
        "AU  - The ATLAS Collaboration",
        "AU  - Ann and Bob",
        "AU  - Madonna",
        "PY  - 2026",
        "DA  - 2026/01/21/",
        "AB  - Short. And new.",
        "KW  - cs.LG",
        "KW  - stat.ML",
        "DO  - 10.48550/arXiv.2601.15380",
        "PB  - arXiv",
        "UR  - https://arxiv.org/abs/2601.15380",
        "ER  - ",
        "",
        "",
    ]


def test_a_published_article_has_its_journal_and_both_dois() -> None:
    lines = ris_of(attention(doi="10.1103/PhysRevD.1", journal_ref="Phys. Rev. D 108")).split("\r\n")
    assert {
        "TY  - JOUR",
        "T2  - Phys. Rev. D 108",
        "DO  - 10.1103/PhysRevD.1",
        "N1  - arXiv DOI: 10.48550/arXiv.2601.15380",
    } <= set(lines)


def test_a_paper_without_date_has_the_year_of_its_listing() -> None:
    written = ris_of(paper("Bare", authors=(), day=date(2025, 3, 1)))
    assert "AU" not in written
    assert "PY  - 2025" in written


@given(NASTY, st.lists(NASTY, max_size=3))
def test_any_words_stay_on_their_line(title: str, names: list[str]) -> None:
    listed = ris_of(paper(title, authors=tuple(names), abstract=title, journal_ref=title))
    lines = listed.splitlines()
    assert all(line[2:6] == "  - " or not line for line in lines)
    assert [line[:5] for line in lines].count("TY  -") == [line[:5] for line in lines].count("ER  -") == 1
