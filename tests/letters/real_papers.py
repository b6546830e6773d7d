"""Letters of real papers, measured: what holds for samples holds for what arXiv lists."""

import json
import lzma
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from digest.domain import Letter, PaperRecord
from digest.letters.size_limit import MAX_LETTER_BYTES
from digest.letters.subject import MAX_SUBJECT_LENGTH, PREHEADER_LENGTH
from tests.letters.sample_letters import as_received, edition, links_of, order, paper, renderer, tree, words_of
from tests.letters.tex.markup import find_lost
from tests.people import ada

PAPERS_PER_LETTER = 10
# Of the titles that may hold what only TeX writes: a command, a formula's sign, a group, something raised or lowered.
MAX_RAW_SHARE = 0.02
RAW_TEX = re.compile(r"\\[a-zA-Z]+|\$|[{}]|[\^_]\w")


@dataclass
class Figures:
    """What was found in the letters of one language and level of detail."""

    papers: int
    letters: int = 0
    bytes: list[int] = field(default_factory=list)
    subjects: list[int] = field(default_factory=list)
    preheaders: list[int] = field(default_factory=list)
    # Letters whose two parts lead to different places.
    unequal: list[str] = field(default_factory=list)
    # Titles that show TeX, and papers of whose title something is missing.
    raw: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """Return what must not be."""
        shortest, longest = PREHEADER_LENGTH
        checks = {
            f"{max(self.bytes):,} bytes": max(self.bytes) <= MAX_LETTER_BYTES,
            f"a subject of {max(self.subjects)}": 0 < min(self.subjects) <= max(self.subjects) <= MAX_SUBJECT_LENGTH,
            f"preheaders of {min(self.preheaders)} to {max(self.preheaders)}": shortest
            <= min(self.preheaders)
            <= max(self.preheaders)
            <= longest,
            f"links differ: {self.unequal[:3]}": not self.unequal,
            f"raw TeX: {self.raw[:5]}": len(self.raw) <= MAX_RAW_SHARE * self.papers,
            f"lost: {self.lost[:5]}": not self.lost,
        }
        return [fault for fault, is_right in checks.items() if not is_right]


def load_papers(shared: Path, many: int) -> Sequence[PaperRecord]:
    """Return real papers spread over two months."""
    found: list[PaperRecord] = []
    for month in ("02", "03"):
        with lzma.open(shared / "papers" / f"papers_dev_2026-{month}.jsonl.xz", "rt") as lines:
            found += [
                _read_paper(len(found) + rank, line)
                for rank, line in enumerate(islice(lines, 0, 17_000, 34_000 // many))
            ]
    assert len(found) == many
    return found


def measure_letters(papers: Sequence[PaperRecord], language: str, detail: str) -> Figures:
    """Make letters of all *papers*, each paper in one, and measure them."""
    figures = Figures(len(papers))
    render = renderer(edition(papers, {})).letter
    for start in range(0, len(papers), PAPERS_PER_LETTER):
        group = papers[start : start + PAPERS_PER_LETTER]
        letter = render(ada, order(*(each.rank for each in group), language=language, detail=detail, matched=40))
        page = tree(letter.html)
        [preheader] = [each for each in page.iter("div") if each.get("class") == "first"]
        figures.letters += 1
        figures.bytes.append(len(letter.data))
        figures.subjects.append(len(str(as_received(letter)["Subject"])))
        figures.preheaders.append(len(words_of(preheader)))
        if not _lead_to_the_same(letter):
            figures.unequal.append(group[0].arxiv_id)
        titles = [words_of(each) for each in page.iter("h2")]
        for each, title in zip(group, titles, strict=True):
            figures.raw += [title] if RAW_TEX.search(title) else []
            figures.lost += [each.arxiv_id] if find_lost(each.title, title) else []
    return figures


def _lead_to_the_same(letter: Letter) -> bool:
    in_html = {address for _, address in links_of(letter.html) if address.startswith("http")}
    in_text = {address.rstrip(".,;:") for address in re.findall(r"https?://[^\s)>]+", letter.text)}
    # An abstract's own addresses are words of it, no links.
    words = words_of(tree(letter.html))
    return in_html <= in_text and all(address in words for address in in_text - in_html)


def _read_paper(rank: int, line: str) -> PaperRecord:
    row = json.loads(line)
    return paper(
        rank,
        arxiv_id=row["id"],
        title=row["title"],
        abstract=row["abstract"],
        authors=tuple(row["authors"]),
        categories=tuple(row["categories"]),
        section=row["categories"][0],
    )
