"""Titles as reference managers get them: TeX for BibTeX, Unicode for RIS."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.web.references.titles import bibtex_text, unicode_text

CASES = [
    # Formulas in pairs, from left to right.
    ("Strain in $β$-Ga$_2$O$_3$", r"Strain in $\beta$-Ga$_2$O$_3$", "Strain in β-Ga₂O₃"),
    (r"The $\mathbb{Q}_p$ and $\mathbb{R}^n$ cases", r"The $\mathbb{Q}_p$ and $\mathbb{R}^n$ cases", None),
    ("CH$_3$$^{13}$CN at last", "CH$_3$$^{13}$CN at last", "CH₃¹³CN at last"),
    (r"Lines of \(^{56}\text{Ni}\) decay", r"Lines of \(^{56}\text{Ni}\) decay", "Lines of ⁵⁶Ni decay"),
    ("A display $$x^2$$ in a title", "A display $x^2$ in a title", "A display x² in a title"),
    (r"Beyond $\text{a $b$ c}$ nesting", "Beyond a b c nesting", None),
    # Money.
    ("Agents from $5 to $10 a day", r"Agents from \$5 to \$10 a day", "Agents from $5 to $10 a day"),
    (r"A \$1M prize for $k$-SAT", r"A \$1M prize for $k$-SAT", "A $1M prize for k-SAT"),
    ("One lonely $3", r"One lonely \$3", "One lonely $3"),
    # Signs.
    ("R&D: 5% of #1 under_scores", r"R\&D: 5\% of \#1 under\_scores", "R&D: 5% of #1 under_scores"),
    (r"Q\&A at 50\%", r"Q\&A at 50\%", "Q&A at 50%"),
    ("When $p=5%$ matters", r"When $p=5\%$ matters", "When p=5% matters"),
    # Letters beyond ASCII, outside and inside formulas.
    ("Schrödinger's café in Kraków – “now”", r"Schr{\"o}dinger's caf{\'e} in Krak{\'o}w -- ``now''", None),
    (r"Erd\H{o}s and Poincar\'e", r"Erd{\H{o}}s and Poincar{\'e}", "Erdős and Poincaré"),
    ("Why α decays", r"Why $\alpha$ decays", "Why α decays"),
    ("$αx + βy$", r"$\alpha x + \beta y$", None),
    ("At $T→0$ and $x≥1$", r"At $T\rightarrow0$ and $x\geq1$", None),
    ("On $M_⊙$", r"On $M_\odot$", None),
    # Formulas that TeX could not set are text.
    (r"A $\macro{x}$ of ours", "A x of ours", "A x of ours"),
    ("Twice $x^a^b$", r"Twice x$^{ab}$", None),
    (r"Half of $\frac{a}$", "Half of a/", None),
    (r"An open $\left( x$ bracket", "An open ( x bracket", None),
    (r"$\mathds{1}$ and $\bm{v}$", r"$\mathbf{1}$ and $\boldsymbol{v}$", None),
    (r"Sub$\unicode{x2013}$grid $M_\unicode{x2299}$", r"Sub--grid $M_\odot$", "Sub–grid M⊙"),
    # Spaces beside formulas stay.
    (r"PKS~$x$ and \textbf{bold $y$ words}", "PKS $x$ and bold $y$ words", "PKS x and bold y words"),
]


@pytest.mark.parametrize(("raw", "tex", "text"), CASES)
def test_a_title_stays_tex_and_becomes_unicode(raw: str, tex: str, text: str | None) -> None:
    assert bibtex_text(raw) == tex
    assert text is None or unicode_text(raw) == text


def test_titles_of_the_field(shared_data: Path) -> None:
    for line in (shared_data / "field_cases" / "reference_titles.jsonl").read_text().splitlines():
        row = json.loads(line)
        assert bibtex_text(row["title"]) == row["bibtex_title"]
        assert unicode_text(row["title"]) == row.get("ris_title", unicode_text(row["title"]))


@given(st.text(alphabet="ab1 $\\{}()[]^_'&%αé²\ue000", max_size=30))
def test_any_title_is_ascii_with_its_dollars_in_pairs(raw: str) -> None:
    written = bibtex_text(raw)
    assert written.isascii()
    bare = written.replace("\\\\", "").replace("\\$", "")
    assert bare.count("$") % 2 == 0
    assert "＄" not in unicode_text(raw)


@pytest.mark.parametrize("raw", [r"\unicode{xE005} and $a$", r"$\unicode{xE005}$ and $a$"])
def test_no_character_is_taken_for_a_formula(raw: str) -> None:
    assert bibtex_text(raw) == "and $a$"
    assert unicode_text(raw) == "and a"


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        (r"$\left\{ a \right.$", r"$\left\lbrace  a \right.$"),
        (r"$\}$, note = x", r"$\rbrace $, note = x"),
        (r"$\} b \{$", r"$\rbrace  b \lbrace $"),
        (r"$\{ a \}$", r"$\{ a \}$"),
    ],
)
def test_a_lone_brace_in_a_formula_ends_no_field(raw: str, written: str) -> None:
    assert bibtex_text(raw) == written


def test_a_formula_of_nothing_does_not_become_a_display() -> None:
    assert bibtex_text(r"A $\unicode{x1b}$ b") == "A  b"


@pytest.mark.parametrize("opening", ["\\(", r"$\text{", "$$ {"])
def test_many_unclosed_formulas_are_read_in_time(opening: str) -> None:
    started = time.process_time()
    unicode_text(opening * (20_000 // len(opening)))
    assert time.process_time() - started < 2
