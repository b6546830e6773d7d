"""BibTeX and RIS: right for honest papers, harmless for the others."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from digest.domain import PaperRecord
from digest.web.bibtex_ris import bibtex, ris
from tests.ranking.papers import paper

NASTY = st.text(alphabet="\\{}$%&#_^~@\"',= \n\r\x00\u2028abc12", max_size=40)


def one(found: PaperRecord) -> tuple[str, str]:
    return "".join(bibtex([found])), "".join(ris([found]))


def attention() -> PaperRecord:
    return paper(
        "Attention in $O(n \\log n)$: 50\\% less & BERT",
        arxiv_id="2601.15380",
        abstract="Short.\nAnd new.",
        authors=("Grace Hopper", "P. Erd\\H{o}s", "The ATLAS Collaboration", "Ann and Bob", "Madonna"),
        categories=("cs.LG", "stat.ML"),
        published=datetime(2026, 1, 21, tzinfo=UTC),
    )


def test_bibtex_names_the_paper_as_arxiv_does() -> None:
    assert one(attention())[0] == (
        "@misc{arXiv:2601.15380,\n"
        "  title = {{Attention in $O(n \\log n)$: 50\\% less \\& BERT}},\n"
        "  author = {Grace Hopper and P. Erdős and {The ATLAS Collaboration} and {Ann and Bob} and Madonna},\n"
        "  year = {2026},\n"
        "  eprint = {2601.15380},\n"
        "  archivePrefix = {arXiv},\n"
        "  primaryClass = {cs.LG},\n"
        "  url = {https://arxiv.org/abs/2601.15380},\n"
        "}\n\n"
    )


def test_ris_has_one_line_for_each_field() -> None:
    assert one(attention())[1].split("\r\n") == [
        "TY  - UNPB",
        "ID  - arXiv:2601.15380",
        "TI  - Attention in O(n log n): 50% less & BERT",
        "AU  - Hopper, Grace",
        "AU  - Erdős, P.",
        "AU  - The ATLAS Collaboration",
        "AU  - Ann and Bob",
        "AU  - Madonna",
        "PY  - 2026",
        "AB  - Short. And new.",
        "KW  - cs.LG",
        "KW  - stat.ML",
        "PB  - arXiv",
        "UR  - https://arxiv.org/abs/2601.15380",
        "ER  - ",
        "",
        "",
    ]


def test_a_title_cannot_run_tex_end_its_field_or_begin_an_entry() -> None:
    hostile = "A}}, note={x} \\input{/etc/passwd} $\\write18{rm}$ \n@misc{b, \nER  - \nTY  - JOUR"
    written, listed = one(paper(hostile, authors=("E}ve\r\nER  - ",)))
    assert "\\input" not in written
    assert "\\write" not in written
    assert [line[:1] for line in written.splitlines()].count("@") == 1
    assert [line[:5] for line in listed.splitlines()].count("TY  -") == 1
    assert [line[:5] for line in listed.splitlines()].count("ER  -") == 1


def test_a_paper_without_date_has_the_year_of_its_listing() -> None:
    written, listed = one(paper("Bare", authors=(), day=date(2025, 3, 1)))
    assert "author" not in written
    assert "AU" not in listed
    assert "year = {2025}" in written


@given(NASTY, st.lists(NASTY, max_size=3))
def test_any_words_keep_braces_in_pairs(title: str, names: list[str]) -> None:
    written, listed = one(paper(title, authors=tuple(names), abstract=title))
    depth = 0
    for sign in written:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0
    assert written.count("@misc") == 1 or "@misc" in title
    assert all(line.startswith(("@misc{", "  ", "}")) or not line for line in written.split("\n"))
    assert all(line[2:6] == "  - " or not line for line in listed.splitlines())
