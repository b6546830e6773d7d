"""Draws papers of the evaluation data beside the checkout, to be read by eye or compared with labels."""

import json
import lzma
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# How many TL;DRs are read at a time.
DRAWN = 40


@dataclass(frozen=True, slots=True)
class CorpusPaper:
    arxiv_id: str
    title: str
    abstract: str


def read_corpus(shared: Path) -> Iterator[CorpusPaper]:
    """Yield the papers of all months, in the order of their files."""
    for path in sorted((shared / "papers").glob("*.jsonl.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                yield CorpusPaper(row["id"], row["title"], row["abstract"])


def draw_papers(shared: Path, seed: int, count: int = DRAWN) -> list[CorpusPaper]:
    """Return *count* papers, the same ones for the same *seed*."""
    return random.Random(seed).sample(list(read_corpus(shared)), count)
