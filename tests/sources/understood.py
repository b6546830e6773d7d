"""Reads every paper of the evaluation data as the product does, and counts what was understood."""

import json
import lzma
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from digest.letters.tex.to_unicode import to_text
from digest.sources.code_links import find_code_link
from digest.sources.withdrawals import is_withdrawn, judge_withdrawal
from tests.letters.tex.katex_symbols import KATEX_SYMBOLS
from tests.letters.tex.markup import find_lost


@dataclass(slots=True)
class Understood:
    """What was found. The lists hold arXiv ids."""

    papers: int = 0
    withdrawn: list[str] = field(default_factory=list)
    # Their comment speaks of a withdrawal, perhaps of another one: they stay.
    unclear: list[str] = field(default_factory=list)
    code_hosts: Counter[str] = field(default_factory=Counter)
    with_lost_letters: list[str] = field(default_factory=list)
    # How many names of KATEX_SYMBOLS read as a sign.
    symbols: int = 0


def count_understood(folder: Path) -> Understood:
    """Return what is understood of the papers below *folder*, in about a minute."""
    found = Understood(symbols=sum(to_text(f"$\\{name}$") not in (name, "") for name in KATEX_SYMBOLS))
    for path in sorted((folder / "papers").glob("*.jsonl.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            for paper in map(json.loads, lines):
                _count(paper["id"], paper["title"], paper["abstract"], paper["comment"] or "", found)
    return found


def _count(arxiv_id: str, title: str, abstract: str, comment: str, found: Understood) -> None:
    found.papers += 1
    if is_withdrawn(comment, abstract):
        found.withdrawn.append(arxiv_id)
    elif judge_withdrawal(comment) == "unclear":
        found.unclear.append(arxiv_id)
    if address := find_code_link(abstract, comment):
        found.code_hosts[urlsplit(address).hostname or ""] += 1
    if any(find_lost(text, to_text(text)) for text in (title, abstract)):
        found.with_lost_letters.append(arxiv_id)
