"""What bibliographies are set of: real papers, and each letter and command that the product may write."""

import json
import lzma
import random
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from digest.domain import PaperRecord
from digest.web.references import math_commands as known
from digest.web.references.unicode_to_tex import encode_math
from tests.ranking.papers import paper

# Latin, Greek and Cyrillic letters, signs, the alphabets of mathematics, ligatures, full-width letters.
BLOCKS = (
    *((0xA1, 0x460), (0x1E00, 0x1F00), (0x2000, 0x2C00), (0x3000, 0x3100)),
    *((0x1D400, 0x1D800), (0xFB00, 0xFB07), (0xFF01, 0xFF5F)),
)
IN_ONE_TITLE = 8


def real_papers(shared: Path, sample: int | None = None) -> list[PaperRecord]:
    """Return the papers of the evaluation data with their titles and authors: all, or always the same *sample*."""
    rows: list[PaperRecord] = []
    for file in sorted((shared / "papers").glob("*.jsonl.xz")):
        with lzma.open(file, "rt", encoding="utf-8") as lines:
            found = map(json.loads, lines)
            rows += [paper(row["title"], arxiv_id=row["id"], authors=tuple(row["authors"])) for row in found]
    return rows if sample is None else random.Random(1).sample(rows, min(sample, len(rows)))


def papers_of_letters() -> list[PaperRecord]:
    """Return papers whose titles and authors hold every letter, alone and in a formula."""
    letters = [chr(code) for first, end in BLOCKS for code in range(first, end)]
    formulas = [f"${letter}_x$ $y^{letter}$" for letter in letters if encode_math(letter)]
    groups = [*_grouped(letters), *_grouped(formulas)]
    return [
        paper(" ".join(group), arxiv_id=f"2601.{place:05}", authors=(f"A{group[0]} B{group[0]}son",))
        for place, group in enumerate(groups)
    ]


def papers_of_commands() -> list[PaperRecord]:
    """Return papers whose titles hold every command of mathematics that the product writes, as people write them."""
    formulas = list(chain(_symbols(), _arguments(), _brackets()))
    groups = _grouped([f"${formula}$" for formula in formulas])
    return [paper(" ".join(group), arxiv_id=f"2602.{place:05}") for place, group in enumerate(groups)]


def _grouped(texts: list[str]) -> list[list[str]]:
    return [texts[start : start + IN_ONE_TITLE] for start in range(0, len(texts), IN_ONE_TITLE)]


def _symbols() -> Iterator[str]:
    for name in sorted(known.SYMBOLS):
        yield from (rf"x\{name} y", rf"x^\{name} y", rf"x_{{\{name}}}", rf"a\not\{name} b")
    yield from (rf"a\{sign} b" for sign in sorted(known.CONTROL_SIGNS))
    yield from (rf"{name}\limits_1^2 x" for name in known.LARGE_OPERATORS)


def _arguments() -> Iterator[str]:
    for name, count in sorted(known.ARGUMENTS.items()):
        for argument in ("{X}", " X", "α", r"\alpha ", "{5}", r"{\mathbb R^2_x}"):
            yield from (rf"\{name}{argument * count}", rf"x^\{name}{argument * count}", rf"x_\{name}{argument * count}")
    yield from (rf"x_\{name}{{a b é α 5\% H_2O}}" for name in sorted(known.TEXTS))
    for name in sorted(known.SWITCHES):
        yield from (rf"{{\{name} x}}", rf"\{name} x", rf"x^{{\{name} x}}")


def _brackets() -> Iterator[str]:
    brackets = [each if len(each) == 1 else f"\\{each} " for each in sorted(known.BRACKETS)]
    for bracket in brackets:
        yield rf"\left{bracket} \frac{{a}}{{b}}\right{bracket}^2"
        yield from (rf"\{size}{bracket} x" for size in sorted(known.SIZES))
