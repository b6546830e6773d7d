"""BibTeX: right for honest papers, harmless for the others."""

from datetime import date

from hypothesis import example, given
from hypothesis import strategies as st

from tests.ranking.papers import paper
from tests.web.references.entries import attention, bibtex_of

NASTY = st.text(alphabet="\\{}$%&#_^~@\"',= \n\r\x00\u2028abc12éα", max_size=40)


def test_it_names_the_paper_as_arxiv_does() -> None:
    assert bibtex_of(attention()) == (
        "@misc{arXiv:2601.15380,\n"
        "  title = {{Attention in $O(n \\log n)$: 50\\% less \\& BERT}},\n"
        "  author = {Hopper, Grace and Erd{\\H{o}}s, P. and {The ATLAS Collaboration} and {Ann and Bob} and Madonna},\n"
        "  year = {2026},\n"
        "  doi = {10.48550/arXiv.2601.15380},\n"
        "  eprint = {2601.15380},\n"
        "  archivePrefix = {arXiv},\n"
        "  primaryClass = {cs.LG},\n"
        "  url = {https://arxiv.org/abs/2601.15380},\n"
        "}\n\n"
    )


def test_a_published_article_has_its_journal_and_both_dois() -> None:
    written = bibtex_of(attention(doi="10.1103/PhysRevD.1_2", journal_ref="Phys. Rev. D 108 (2026) 12 & 13"))
    assert written.startswith("@article{arXiv:2601.15380,\n")
    for line in (
        "  journal = {Phys. Rev. D 108 (2026) 12 \\& 13},\n",
        "  doi = {10.1103/PhysRevD.1_2},\n",
        "  note = {arXiv:2601.15380, doi:10.48550/arXiv.2601.15380},\n",
    ):
        assert line in written


def test_what_is_no_doi_is_left_out() -> None:
    for odd in ("10.1/x", "10.1000/a}b", "nothing", "10.1000/\\x", "10.48550/arXiv.2601.15380"):
        assert "  doi = {10.48550/arXiv.2601.15380}," in bibtex_of(attention(doi=odd))
    assert "  doi = {10.1000/a}," in bibtex_of(attention(doi="https://doi.org/10.1000/a 10.1000/b"))


def test_an_old_id_keeps_its_archive_in_the_key() -> None:
    first, second = (bibtex_of(attention(arxiv_id=each)) for each in ("hep-th/9901001", "math/9901001"))
    assert first.startswith("@misc{arXiv:hep-th/9901001,")
    assert second.startswith("@misc{arXiv:math/9901001,")


def test_no_words_run_tex_end_a_field_or_begin_an_entry() -> None:
    hostile = "A}}, note={x} \\input{/etc/passwd} $\\write18{rm}$ $^^5cinput x$ \n@misc{b, \nER  - \nTY  - JOUR"
    written = bibtex_of(paper(hostile, authors=("E}ve\r\nER  - ",), journal_ref=hostile))
    assert "\\input" not in written
    assert "\\write" not in written
    assert [line[:1] for line in written.splitlines()].count("@") == 1


def test_a_paper_without_date_has_the_year_of_its_listing() -> None:
    written = bibtex_of(paper("Bare", authors=(), day=date(2025, 3, 1)))
    assert "author" not in written
    assert "year = {2025}" in written


@given(NASTY | NASTY.map("${}$".format), st.lists(NASTY, max_size=3))
@example(r"Half of $\left\{ a \right.$", [r"$\}$ A"])
def test_any_words_keep_braces_in_pairs(title: str, names: list[str]) -> None:
    written = bibtex_of(paper(title, authors=tuple(names), journal_ref=title))
    depth = 0
    for sign in written:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        assert depth >= 0
    assert depth == 0
    assert written.isascii()
    assert all(line.startswith(("@misc{", "@article{", "  ", "}")) or not line for line in written.split("\n"))
