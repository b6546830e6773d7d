"""TeX becomes readable Unicode, and nothing of what an author wrote is lost."""

import json
import lzma
import time
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.letters.tex.to_unicode import to_text
from tests.letters.tex.katex_symbols import KATEX_SYMBOLS
from tests.letters.tex.markup import find_lost

READ_AS = {
    r"$\ell_2$-norm": "ℓ₂-norm",
    "H$_2$O, H_2O and CO_2": "H₂O, H₂O and CO₂",
    "MERGE$^3$": "MERGE³",
    "$O(T + V_T)$": "O(T + V_T)",
    r"$\mathcal{O}(n\log n)$": "O(n log n)",
    r"$10^{-3}$ or 10^-3": "10⁻³ or 10⁻³",
    r"$x_{i,j}^{2n}$": "x_(i,j)²ⁿ",
    r"$\theta_{LLM}$": "θ_LLM",
    r"$\sum_{i=1}^n x_i$": "∑ᵢ₌₁ⁿ xᵢ",
    r"$\mathbb{R}^d \to \mathbb{Z}$": "ℝᵈ → ℤ",
    r"$a\leq b$ and $\alpha\in[0,1]$": "a ≤ b and α∈[0,1]",
    r"$\sim 5$, $\pm 3$, $10\times 10$, 3$\times$": "∼5, ±3, 10 × 10, 3×",
    r"$\frac{a+b}{2}$": "(a+b)/2",
    r"$\sqrt{n}$ and $\sqrt[3]{n \log n}$": "√n and ³√(n log n)",
    r"$M_\odot$ at $90^\circ$, $A^\top$, $f'$": "M⊙ at 90°, Aᵀ, f′",
    r"$\hat{x}$": "x\u0302",
    r"$\left\{ x \,|\, y \right\}$": "{ x | y }",
    r"$\boldsymbol x$": "x",
    r"$\not\in$": "∉",
    r"\( \lambda = 5 \) and \[x^2\]": "λ = 5 and x²",
    "$$E = mc^2$$": "E = mc²",
    r"50\% of 3 % x": "50% of 3 % x",
    r"Andr\'e Erd\H{o}s G\"odel \v{S}koda Ho\c{s}can": "André Erdős Gödel Škoda Hoşcan",
    r"Mart\'{\i}n \O rsted \L{}ukasz Stra\ss e \aa\ b": "Martín Ørsted Łukasz Straße å b",
    r"Nguy\~{\^e}n, about \~{}50 or \~50, ma\~nana, \^{}": "Nguyễn, about ~50 or ~50, mañana, ^",
    r"$\neg p$ or $\bot$, $a \ggg b$, $x\coloneq y$": "¬p or ⊥, a ⋙ b, x ≔ y",
    r"a \mbox{} b \text{}c $\mathrm{}$d": "a b c d",
    r"$X \overset{d}{=} Y$, $\stackrel{\text{def}}{=}$": "X =ᵈ Y, =ᵈᵉᶠ",
    r"$\underset{x}{\min} f(x)$": "minₓ f(x)",
    r"$\overset{}{x}$, $\underset{}{y}$": "x, y",
    r"$X_n \xrightarrow[n\to\infty]{d} X$": "Xₙ →_(n→∞)ᵈ X",
    r"$\SI{5}{\kilo\metre\per\second\squared}$, \SI{10}{km/s}": "5 km/s², 10 km/s",
    r"\qty[mode=text]{3e8}{\m\per\s}, \num{1.5e-3}, \si{W.m^{-2}}": "3 × 10⁸ m/s, 1.5 × 10⁻³, W m⁻²",
    r"\SI{90}{\percent}, \ang{45}, \unit{\square\metre}": "90%, 45°, m²",
    r"$\ket{\psi}$, $\bra{0}$, $\braket{a|b}$, $\braket{a}{b}$, $\ketbra{0}{1}$": "|ψ⟩, ⟨0|, ⟨a|b⟩, ⟨a|b⟩, |0⟩⟨1|",
    r"$\norm{v}_2 \le \abs{x}$": "‖v‖₂ ≤ |x|",
    r"our \ket and \SI, $\P(A)$": "our ket and SI, P(A)",
    r"$\R^d$, $\N$, \S 5, $\sharp$P, \sharp": "ℝᵈ, ℕ, § 5, ♯P, sharp",
    "Fig.~3 is ~5% off": "Fig. 3 is ~5% off",
    "``quotes'' and `one'": "“quotes” and ‘one’",
    r"\emph{x} \textbf{y} \texttt{foo_bar}": "x y foo_bar",
    r"\textcolor{red}{hot} {\color{blue}cold} {\em calm}": "hot cold calm",
    r"\url{https://a.example/c_d}": "https://a.example/c_d",
    r"\href{https://a.example}{the code}": "the code (https://a.example)",
    r"see https://a.example/~x/y_z%20 now": "see https://a.example/~x/y_z%20 now",
    r"as shown \cite{foo,bar}.": "as shown.",
    r"\method achieves \ours{} and \ac{LLM}": "method achieves ours and LLM",
    r"\begin{itemize}\item one\item two\end{itemize}": "• one • two",
    r"5\,km, pages 1--2 --- done, run --fast": "5 km, pages 1–2 — done, run --fast",
    "{D}eep learning on {0, 1} with 1{,}000 items": "Deep learning on {0, 1} with 1,000 items",
    "two\n  lines": "two lines",
    "a <think>b</think> & c": "a <think>b</think> & c",
    "file_name and snake_case_2": "file_name and snake_case_2",
    "0": "0",
}


@pytest.mark.parametrize("raw", READ_AS)
def test_tex_reads_as_people_would_write_it(raw: str) -> None:
    assert to_text(raw) == READ_AS[raw]


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("costs $5 and $6 today", "costs ＄5 and ＄6 today"),
        ("from $1.2M to $3M, $20-$50 a day", "from ＄1.2M to ＄3M, ＄20-＄50 a day"),
        (r"\$5 for $n$ papers", "＄5 for n papers"),
        ("only $7", "only ＄7"),
        ("$5 \\times 5$ and $0.5 kpc < d < 5 kpc$", "5 × 5 and 0.5 kpc < d < 5 kpc"),
    ],
)
def test_money_keeps_its_sign_and_is_not_taken_for_mathematics(raw: str, read: str) -> None:
    assert to_text(raw) == read


def test_signs_that_turn_or_hide_text_are_removed() -> None:
    assert to_text("safe\u202egnp.exe\x00\ud800 \ufeffname") == "safegnp.exe name"
    assert to_text(r"\unicode{x202e}a\unicode{xd800}\unicode{xe005}\unicode{xF0005}") == "a"


def test_thousands_of_arguments_are_read_in_time() -> None:
    started = time.process_time()
    to_text(r"\overset{" * 2000 + r"\SI{1}{\m" * 2000 + r"\xrightarrow[" * 2000 + r"\~{\^" * 2000 + "$" * 2000)
    assert time.process_time() - started < 2


def test_thousands_of_braces_do_not_break_it() -> None:
    assert to_text("{" * 5000 + "deep" + "}" * 5000) == "deep"
    assert to_text(r"\emph" * 5000 + "{deep}").endswith("deep")
    assert to_text("^" * 5000 + "x").endswith("^ˣ")


words = st.from_regex(r"[A-Za-z]{2,12}", fullmatch=True)
numbers = st.integers(0, 99_999).map(str)
PIECES = (
    "{}",
    "${}$",
    r"\emph{{{}}}",
    r"\unknown{{{}}}",
    r"\texttt{{{}}}",
    "{{{}}}",
    r"\text{{{}}}",
    "``{}''",
    r"\%{}",
    "% {}",
    r"$\mathrm{{{}}}$",
    "{}~x",
    r"\footnote{{{}}}",
    r"$\frac{{{}}}{{2}}$",
)
pieces = st.lists(st.tuples(words, st.sampled_from((*PIECES, "$5 {}", "50% {}"))), max_size=12)
balanced = st.lists(st.tuples(words, st.sampled_from(PIECES)), max_size=12)


@given(st.text(alphabet=st.characters(codec=None)))
def test_any_text_at_all_is_read(raw: str) -> None:
    read = to_text(raw)
    assert "$" not in read
    assert read == " ".join(read.split())
    read.encode()


@given(st.text(alphabet="\\{}$%^_~`'-[]() aBc1é\n&#|*", max_size=60))
def test_any_heap_of_tex_signs_is_read(raw: str) -> None:
    assert "$" not in to_text(raw)


@given(pieces)
def test_every_word_survives_in_its_order(parts: list[tuple[str, str]]) -> None:
    read = to_text(" ".join(shape.format(word) for word, shape in parts))
    place = 0
    for word, _ in parts:
        assert word in read[place:]
        place = read.index(word, place) + len(word)


@given(balanced)
def test_balanced_delimiters_leave_no_dollar_of_any_width(parts: list[tuple[str, str]]) -> None:
    read = to_text(" ".join(shape.format(word) for word, shape in parts))
    assert "$" not in read
    assert "＄" not in read


@given(st.lists(st.one_of(words, numbers, st.sampled_from(["(see", "below),", "100%", "a-b", "Müller's", "深度"]))))
def test_plain_text_stays_as_it_is(parts: list[str]) -> None:
    plain = " ".join(parts)
    assert to_text(plain) == plain
    assert to_text(to_text(plain)) == plain


@pytest.mark.data
def test_no_letter_of_real_titles_and_abstracts_is_lost(shared_data: Path, many: int) -> None:
    with lzma.open(shared_data / "papers" / "papers_dev_2026-02.jsonl.xz", "rt") as lines:
        texts = [paper[key] for paper in map(json.loads, islice(lines, 2 * many)) for key in ("title", "abstract")]
    for text in texts:
        read = to_text(text)
        assert "$" not in read
        assert "\\" not in read
        assert find_lost(text, read) == "", text


@pytest.mark.data
def test_the_tex_of_the_field_is_read(shared_data: Path) -> None:
    lines = (shared_data / "field_cases" / "tex_text.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row for row in rows if to_text(row["tex"]) != row["right"]] == []


def test_every_symbol_of_katex_is_a_sign() -> None:
    assert len(KATEX_SYMBOLS) == 597
    assert [name for name in KATEX_SYMBOLS if to_text(f"$\\{name}$") in (name, "")] == []
